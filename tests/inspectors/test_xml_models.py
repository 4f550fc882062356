"""PMML as the specification writes it, OpenVINO by the real library, and XML that is neither."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import NotExaminable
from scanner.inspectors import xml_models
from scanner.sources.blob import blob_of_bytes
from tests.inspectors.conftest import Inspect

MODELS = Path(__file__).parent / "models"
NET = (MODELS / "tiny.xml").read_text()
PMML = """<?xml version="1.0" encoding="UTF-8"?>
<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4">
  <Header><Application name="hand"/></Header>
  <DataDictionary><DataField name="x" optype="continuous" dataType="double"/></DataDictionary>
  <TransformationDictionary><DefineFunction name="own.twice" optype="continuous"/></TransformationDictionary>
  <RegressionModel functionName="regression"><MiningSchema><MiningField name="x"/></MiningSchema>
    <RegressionTable intercept="1"><NumericPredictor name="x" coefficient="2"/></RegressionTable>
    <Output><OutputField name="y"><Apply function="own.twice"/><Apply function="+"/></OutputField></Output>
  </RegressionModel>
</PMML>
"""


def test_a_graph_of_openvino(inspected: Inspect) -> None:
    groups = inspected(xml_models, MODELS / "tiny.xml", "tiny.xml")
    assert (groups["format"], groups["code_scan"]["verdict"]) == ("openvino", "known-safe")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_pmml_in_every_encoding(inspected: Inspect, encoding: str) -> None:
    text = PMML.replace("UTF-8", "UTF-16" if "16" in encoding else "UTF-8")
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    groups = inspected(xml_models, (mark + text).encode(encoding), "model")
    assert (groups["format"], groups["code_scan"]["verdict"]) == ("pmml", "known-safe")


BOMB = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("code", "verdict", "text"),
    [
        ("xml-entity", "unknown", PMML.replace("<PMML", BOMB + "<PMML").replace('name="hand"', 'name="&b;"')),
        (
            "xml-entity",
            "malicious",
            PMML.replace("<PMML", '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><PMML'),
        ),
        (
            "xml-entity",
            "malicious",
            PMML.replace("<PMML", '<!DOCTYPE x [<!ENTITY % a SYSTEM "http://127.0.0.1:9">]><PMML'),
        ),
        ("xml-document-type", "malicious", PMML.replace("<PMML", '<!DOCTYPE PMML SYSTEM "http://127.0.0.1:9"><PMML')),
        ("xml-document-type", "unknown", PMML.replace("<PMML", "<!DOCTYPE PMML><PMML")),
        ("pmml-script", "malicious", PMML.replace("<Header>", "<Extension><script>x</script></Extension><Header>")),
        ("pmml-script", "malicious", PMML.replace("<Header>", '<h:Script xmlns:h="x"/><Header>')),
        ("pmml-java-function", "unknown", PMML.replace('"+"', '"com.example.Run"')),
        (
            "openvino-custom-layer",
            "unknown",
            NET.replace('type="ReLU" version="opset1"', 'type="Own" version="extension"'),
        ),
        ("openvino-native-library", "malicious", NET.replace('type="ReLU"', 'type="ReLU" library="x"')),
        ("openvino-native-library", "malicious", NET.replace('type="ReLU"', 'type="Python"')),
        (
            "openvino-native-library",
            "malicious",
            NET.replace('type="ReLU"', 'type="ReLU" implementation="/tmp/own.so"'),
        ),
        ("openvino-offset", "unknown", NET.replace('offset="0"', 'offset="40"')),
        ("openvino-offset", "unknown", NET.replace('offset="0"', 'offset="-1"')),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_what_is_told(tmp_path: Path, inspected: Inspect, code: str, verdict: str, text: str, encoding: str) -> None:
    assert text not in (PMML, NET)
    (tmp_path / "m.bin").write_bytes((MODELS / "tiny.bin").read_bytes())
    path = tmp_path / "m.xml"
    path.write_bytes(text.replace('encoding="UTF-8"', "").encode(encoding))
    groups = inspected(xml_models, path, "m.xml")
    assert code in {one["code"] for one in groups["findings"]}
    assert groups["code_scan"]["verdict"] == verdict


@pytest.mark.parametrize(
    "text",
    [
        "<network name='x' version='1'/>",
        "<net/>",
        "<svg><PMML/></svg>",
        BOMB + "<x>PMML <PMML/></x>",
        "<html><!-- <PMML --></html>",
        "<PM",
        "<a><net name='x' version='1'/></a>",
    ],
)
def test_other_xml_gets_no_word(inspected: Inspect, text: str) -> None:
    assert inspected(xml_models, text.encode()) == {}


def test_cut_and_deep(inspected: Inspect) -> None:
    with pytest.raises(NotExaminable, match="not valid"):
        inspected(xml_models, PMML[:-20].encode())
    with pytest.raises(NotExaminable, match="too deep"):
        inspected(xml_models, PMML.replace("<Header>", "<Node>" * 3_000).encode())


@given(st.data())
def test_damage(data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from((PMML, NET))).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    blob = blob_of_bytes("m.xml", bytes(content)[: data.draw(st.integers(0, len(content)))])
    if xml_models.wants(blob):
        try:
            xml_models.inspect(blob)
        except NotExaminable as error:
            assert error.detail
