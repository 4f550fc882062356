"""CycloneDX 1.6 and 1.7 (ECMA-424): bill of materials with models and data, and a separate VEX document.

Plain mappings in the order of the XML schema; the library supplies the list of licence ids, and in tests the schemas.
"""

from __future__ import annotations

from scanner.reports.cyclonedx.bom import bill_of_materials
from scanner.reports.cyclonedx.vex import exploitability
from scanner.reports.cyclonedx.xml import to_xml
from scanner.reports.json_result import to_bytes
from scanner.result import ScanResult


def render(result: ScanResult) -> bytes:
    """The bill of materials as CycloneDX 1.6 JSON."""
    return to_bytes(bill_of_materials(result, "1.6"))


def render_1_7(result: ScanResult) -> bytes:
    """The bill of materials as CycloneDX 1.7 JSON."""
    return to_bytes(bill_of_materials(result, "1.7"))


def render_xml(result: ScanResult) -> bytes:
    """The bill of materials as CycloneDX 1.6 XML."""
    return to_xml(bill_of_materials(result, "1.6"))


def render_vex(result: ScanResult) -> bytes:
    """Vulnerabilities and what was decided about them, as CycloneDX 1.6 JSON."""
    return to_bytes(exploitability(result))
