"""CycloneDX 1.6 and 1.7 (ECMA-424): bill of materials with models and data, and a separate VEX document.

Plain mappings in the order of the XML schema; the library supplies the list of licence ids, the schemas and validators.
"""

from __future__ import annotations

from scanner.reports.cyclonedx.bom import bill_of_materials
from scanner.reports.cyclonedx.checked import checked_bill_of_materials, checked_json, checked_xml
from scanner.reports.cyclonedx.vex import exploitability
from scanner.reports.cyclonedx.xml import to_xml
from scanner.result import ScanResult


def render(result: ScanResult) -> bytes:
    """The bill of materials as CycloneDX 1.6 JSON."""
    return checked_bill_of_materials(bill_of_materials(result, "1.6"))


def render_1_7(result: ScanResult) -> bytes:
    """The bill of materials as CycloneDX 1.7 JSON."""
    return checked_json(bill_of_materials(result, "1.7"))


def render_xml(result: ScanResult) -> bytes:
    """The bill of materials as CycloneDX 1.6 XML."""
    return checked_xml(to_xml(bill_of_materials(result, "1.6")))


def render_vex(result: ScanResult) -> bytes:
    """Vulnerabilities and what was decided about them, as CycloneDX 1.6 JSON."""
    return checked_json(exploitability(result))
