"""Jenkinsfiles and files of a Jenkins home, hand-written after the documentation and the form in which Jenkins writes XML."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scanner.collectors import jenkins
from scanner.errors import NotExaminable
from scanner.model import Evidence, Proof
from scanner.sources.blob import Blob

Record = Callable[..., Blob]
DIGEST, COMMIT, MD5 = "a" * 64, "b" * 40, "c" * 32
HEAD = "<?xml version='1.1' encoding='UTF-8'?>\n"
FILE = f"""
@Library('shared@main') _
// sh 'pip install commented'
/* sh 'pip install commented' */
pipeline {{
  agent {{ docker {{ image 'python:3.11'; args '-u root' }} }}
  stages {{
    stage('Train') {{
      steps {{
        echo "sh 'pip install quoted'"
        sh '''
          pip install lightgbm
          python train.py
        '''
      }}
    }}
    stage("Pack") {{
      agent {{ docker 'ghcr.io/x/pack@sha256:{DIGEST}' }}
      steps {{ sh(script: "make package", returnStdout: true); sh "echo ${{env.X}}" }}
    }}
    stage('Push') {{ steps {{ script {{ docker.image("${{IMAGE}}").push() }} }} }}
  }}
}}
"""
BUILD = f"""{HEAD}<flow-build plugin="workflow-job">
  <actions>
    <hudson.plugins.git.util.BuildData><lastBuiltRevision><sha1>{COMMIT}</sha1></lastBuiltRevision>
      <buildsByBranchName><entry><string>main</string><hudson.plugins.git.util.Build>
        <revision><sha1>{COMMIT}</sha1></revision></hudson.plugins.git.util.Build></entry></buildsByBranchName>
    </hudson.plugins.git.util.BuildData>
    <hudson.tasks.Fingerprinter_-FingerprintAction><record class="tree-map">
      <entry><string>model.onnx</string><string>{MD5}</string></entry></record>
    </hudson.tasks.Fingerprinter_-FingerprintAction>
  </actions>
  <timestamp>1759312800000</timestamp><startTime>1759312800000</startTime><duration>60000</duration>
  <result>SUCCESS</result>
</flow-build>
"""
PRINT = f"""{HEAD}<fingerprint>
  <original><name>team/train</name><number>7</number></original>
  <md5sum>{MD5}</md5sum><fileName>model.onnx</fileName>
  <usages><entry><string>team/train</string><ranges>7</ranges></entry>
    <entry><string>deploy</string><ranges>3,5-9</ranges></entry></usages>
</fingerprint>
"""


def collected(record: Record, path: str, content: str) -> Evidence:
    blob = record(path, content)
    assert jenkins.wants(blob)
    return jenkins.collect(blob)


def links(evidence: Evidence) -> set[tuple[str, str, str, Proof]]:
    return {(str(one.source), one.type, str(one.target), one.proof) for one in evidence.relationships}


def test_a_jenkinsfile_is_read_by_its_patterns(record: Record) -> None:
    evidence = collected(record, "Jenkinsfile", FILE)
    assert {(one.target.key, one.proof, one.location.at) for one in evidence.relationships} == {
        ("record:jenkins-library/shared#main", Proof.INFERRED, "line 2"),
        ("name:python:3.11", Proof.INFERRED, "line 6"),
        (f"sha256:{DIGEST}", Proof.MATCHED, "line 18"),
    }
    (said,) = evidence.statements
    assert said.value == [
        {"id": "library shared", "pinned": False, "installs_at_run_time": False},
        {"id": "agent", "pinned": False, "installs_at_run_time": False},
        {"id": "Train", "pinned": False, "installs_at_run_time": True},
        {"id": "Pack", "pinned": True, "installs_at_run_time": False},
        {"id": "Push", "pinned": False, "installs_at_run_time": False},
    ]
    assert [item.location.at for item in evidence.not_examined] == ["line 21"]


def test_a_build_is_a_run_with_commit_and_fingerprints(record: Record) -> None:
    evidence = collected(record, "ci/jobs/team/jobs/train/builds/7/build.xml", BUILD)
    run = "run:record:jenkins/ci#team/train#7"
    assert links(evidence) == {
        (run, "used", f"commit:git:{COMMIT}", Proof.DECLARED),
        (run, "used", f"file:md5:{MD5}", Proof.INFERRED),
    }
    assert {item.predicate: item.value for item in evidence.statements} == {
        "status": "SUCCESS",
        "started": "2025-10-01T10:00:00Z",
        "ended": "2025-10-01T10:01:00Z",
        "code": {"commit": COMMIT, "dirty": None},
    }


def test_a_fingerprint_says_who_made_a_file_and_who_used_it(record: Record) -> None:
    path = f"ci/fingerprints/cc/cc/{'c' * 28}.xml"
    evidence = collected(record, path, PRINT)
    assert links(evidence) == {
        (f"file:md5:{MD5}", "generated_by", "run:record:jenkins/ci#team/train#7", Proof.MATCHED),
        ("run:record:jenkins/ci#deploy#3", "used", f"file:md5:{MD5}", Proof.MATCHED),
    }
    assert [claim.ref.key for claim in evidence.claims] == [f"md5:{MD5}"]


def test_job_configurations_hold_pipelines_and_shells(record: Record) -> None:
    script = "<definition><script>node { sh 'pip install x' }</script></definition>"
    evidence = collected(record, "jobs/a/config.xml", f"{HEAD}<flow-definition>{script}</flow-definition>")
    assert [item.value for item in evidence.statements] == [
        [{"id": "pipeline", "pinned": False, "installs_at_run_time": True}]
    ]
    shell = "<builders><hudson.tasks.Shell><command>pip install x==1.0</command></hudson.tasks.Shell></builders>"
    evidence = collected(record, "jobs/b/config.xml", f"{HEAD}<project>{shell}</project>")
    assert [item.value for item in evidence.statements] == [
        [{"id": "shell 1", "pinned": True, "installs_at_run_time": True}]
    ]


@pytest.mark.parametrize(
    "body",
    [
        '<!DOCTYPE a [<!ENTITY x "y">]><fingerprint>&x;</fingerprint>',
        "<fingerprint>" + "<a>" * 100,
        "<fingerprint>" + "<a/>" * 500_001 + "</fingerprint>",
        "<fingerprint>",
        "<fingerprint><md5sum>x</md5sum></fingerprint>",
        "<fingerprint>&undefined;</fingerprint>",
    ],
)
def test_hostile_xml_is_not_examinable(record: Record, body: str) -> None:
    with pytest.raises(NotExaminable):
        jenkins.collect(record(f"fingerprints/cc/cc/{'c' * 28}.xml", body))


@pytest.mark.parametrize("text", ["sh '''", "/*", "x" * 3_000_000, "{ " * 150_000, "{" * 300])
def test_hostile_jenkinsfiles_are_not_examinable(record: Record, text: str) -> None:
    with pytest.raises(NotExaminable):
        jenkins.collect(record("Jenkinsfile", text))


@pytest.mark.parametrize(
    "text", ["", "}}}}", "sh", "sh(", "stage { image 'x' }", "'a' 'b'", "docker { image }", "{" * 200]
)
def test_odd_jenkinsfiles_never_raise(record: Record, text: str) -> None:
    assert jenkins.collect(record("Jenkinsfile", text)).relationships == ()


def test_ant_files_and_other_configurations_are_not_wanted(record: Record) -> None:
    assert not jenkins.wants(record("build.xml", '<project name="x" default="dist"/>'))
    assert not jenkins.wants(record("config.xml", "<configuration/>"))
    assert not jenkins.wants(record("fingerprints/x.xml", "<fingerprint/>"))
