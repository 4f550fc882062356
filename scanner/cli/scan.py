"""``lading scan PATH...``"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scanner.cli.clock import as_of
from scanner.cli.configuration import Configuration, discover
from scanner.cli.output import parse_outputs, show, write_all
from scanner.cli.policies import configured_policies
from scanner.cli.progress import Progress
from scanner.cli.registries import local_paths
from scanner.errors import UsageError

if TYPE_CHECKING:
    from scanner.pipeline import Settings
    from scanner.result import ScanResult


@dataclass(frozen=True, slots=True)
class Options:
    """The command line as it was given."""

    paths: tuple[Path, ...]
    policies: tuple[str, ...]
    params: Path | None
    settings: tuple[str, ...]
    trust: Path | None
    waivers: Path | None
    strict_waivers: bool
    baseline: Path | None
    gate: str | None
    moment: str | None
    advisories: Path | None
    max_advisory_age: int | None
    release: str | None
    network: bool
    platform: str | None
    outputs: tuple[str, ...]
    jobs: int | None
    exit_zero: bool
    verbose: bool
    quiet: bool


@click.command("scan")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--policy", "policies", multiple=True, metavar="FILE|PACK", help="Policy file or shipped pack; repeatable."
)
@click.option("--params", type=click.Path(path_type=Path), metavar="FILE", help="Values of policy parameters.")
@click.option(
    "--set", "settings", multiple=True, metavar="[BUNDLE:]NAME=VALUE", help="One policy parameter; repeatable."
)
@click.option("--trust", type=click.Path(path_type=Path), metavar="FILE", help="Keys and identities to trust.")
@click.option(
    "--waivers", type=click.Path(path_type=Path), metavar="FILE", help="Accepted findings, each with an end date."
)
@click.option("--strict-waivers", is_flag=True, help="A waiver that matches nothing is an error.")
@click.option("--baseline", type=click.Path(path_type=Path), metavar="FILE", help="Findings known before.")
@click.option(
    "--gate", type=click.Choice(["all", "new"]), default=None, help="Block on all findings or on new ones only."
)
@click.option("--as-of", "moment", metavar="DATE", help="The one time that date rules use; default now.")
@click.option("--advisories", type=click.Path(path_type=Path), metavar="DIR", help="Advisory store, or OSV records.")
@click.option(
    "--max-advisory-age", type=click.IntRange(0, 36500), metavar="DAYS", help="Older data prove nothing; default 5."
)
@click.option("--release", metavar="NAME", help="Name of the release; default the name of the scanned folder.")
@click.option("--network", is_flag=True, help="Ask the registries of paths written registry:HOST/NAME:TAG.")
@click.option("--platform", metavar="OS/ARCH", help="Take this image of an index in a registry; default all of them.")
@click.option(
    "--output", "outputs", multiple=True, metavar="FORMAT=PATH", help="Write a report; repeatable, - for stdout."
)
@click.option("--jobs", type=click.IntRange(1, 256), default=None, help="Worker processes; default one a processor.")
@click.option("--exit-zero", is_flag=True, help="End with 0 instead of 1 and 3, and say so.")
@click.option("-v", "--verbose", is_flag=True, help="Show every finding.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def command(**given: Any) -> int:
    """Scan a release candidate, judge it by policy and write reports.

    A PATH is a file, a folder, or an image in a registry: registry:HOST[:PORT]/NAME:TAG or ...@sha256:DIGEST. Nothing
    scanned is ever executed, and no network is used without --network. Without --output the report goes to the terminal.
    """
    options = Options(**given)
    if not options.paths:
        raise UsageError("scan: no path given; name the directory or file to scan")
    outputs = parse_outputs(options.outputs)
    result = _scan(options, discover(Path.cwd()))
    write_all(result, outputs)
    if not any(output.to_stdout for output in outputs):
        show(result, outputs, verbose=options.verbose)
    if options.exit_zero and result.exit_code in (1, 3):
        click.echo(f"exit 0 instead of {result.exit_code}: --exit-zero was given", err=True)
        return 0
    return result.exit_code


def _scan(options: Options, configuration: Configuration) -> ScanResult:
    from scanner import pipeline, workers
    from scanner.policy.waivers import refuse_unused

    workers.prepare()
    with (
        local_paths(options.paths, network=options.network, platform=options.platform) as paths,
        Progress(enabled=not options.quiet) as progress,
    ):
        result = pipeline.scan(_settings(options, paths, configuration, progress))
    if configuration.get("strict-waivers", options.strict_waivers):
        refuse_unused(result.waivers)
    return result


def _settings(options: Options, paths: tuple[Path, ...], configuration: Configuration, progress: Progress) -> Settings:
    from scanner.enrichers.context import MAX_ADVISORY_AGE
    from scanner.pipeline import Settings, default_jobs
    from scanner.policy.baseline import load_baseline
    from scanner.policy.waivers import load_waivers
    from scanner.signing.trust_file import load_trust

    def path_of(key: str, given: Path | None) -> Path | None:
        value = configuration.get(key, given)
        return None if value is None else Path(value)

    age = configuration.get("max-advisory-age", options.max_advisory_age)
    now, source = as_of(options.moment, configuration.get("as-of", None))
    advisories = path_of("advisories", options.advisories)
    if advisories is not None and not advisories.exists():
        raise UsageError(f"--advisories {advisories}: not found; name a store or a directory of OSV records")
    trust, waivers = path_of("trust", options.trust), path_of("waivers", options.waivers)
    baseline = path_of("baseline", options.baseline)
    return Settings(
        paths=paths,
        policies=configured_policies(configuration, options.policies, options.params, options.settings),
        as_of=now,
        as_of_source=source,
        release=configuration.get("release", options.release),
        trust=None if trust is None else load_trust(trust),
        advisories=advisories,
        max_advisory_age=MAX_ADVISORY_AGE if age is None else age,
        waivers=None if waivers is None else load_waivers(waivers),
        baseline=None if baseline is None else load_baseline(baseline),
        gate=configuration.get("gate", options.gate) or "all",
        jobs=configuration.get("jobs", options.jobs) or default_jobs(),
        progress=progress.files,
        stage=progress.stage,
    )
