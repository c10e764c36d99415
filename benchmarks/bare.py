"""The yardstick: a bare script that makes about the same NMOSD paper, one step after the other, and audits nothing.

It is what a careful analyst would write by hand: import, read, compute, draw, fill a template, call pandoc three times
and typst once. It uses the same data, prose, bibliography, citation style, pandoc and typst as everynumber, and prints
about as many numbers. It checks no input, writes no results file and no ledger, and proves nothing.

    python benchmarks/bare.py --out FOLDER
"""

from __future__ import annotations

import time

BEGAN = time.perf_counter()

import argparse  # noqa: E402
import importlib.util  # noqa: E402
import json  # noqa: E402
import subprocess  # noqa: E402
from collections.abc import Iterator  # noqa: E402
from contextlib import contextmanager  # noqa: E402
from itertools import pairwise  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import jinja2  # noqa: E402
import matplotlib  # noqa: E402

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import statsmodels.api as sm  # noqa: E402
import statsmodels.formula.api as smf  # noqa: E402
import typst  # noqa: E402
import yaml  # noqa: E402
from scipy import stats  # noqa: E402
from statsmodels.stats.proportion import confint_proportions_2indep  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
STUDY = ROOT / "data" / "nmosd"
ARMS = {"AZA": "AZA", "AZA+MMF": "AZA + MMF"}
TIMES = {"imports": time.perf_counter() - BEGAN}


@contextmanager
def timed(step: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    TIMES[step] = time.perf_counter() - began


# ---- numbers as text -------------------------------------------------------------------------------------------------


def f(value: float, decimals: int = 1) -> str:
    return f"{value:.{decimals}f}".replace("-", "−")


def p(value: float) -> str:
    if value < 0.001:
        return "<0.001"
    return f(value, 3 if value < 0.01 else 2)


def ci(estimate: float, low: float, high: float, decimals: int = 1) -> str:
    return f"{f(estimate, decimals)} ({f(low, decimals)} to {f(high, decimals)})"


def count(part: int, whole: int) -> str:
    return f"{part} ({f(100 * part / whole, 0)})"


# ---- statistics ------------------------------------------------------------------------------------------------------


def mean_sd(x: pd.Series) -> str:
    return f"{f(x.mean())} ({f(x.std())})"


def quartiles(x: pd.Series) -> str:
    return f"{f(x.median())} ({f(x.quantile(0.25))} to {f(x.quantile(0.75))})"


def smd(a: pd.Series, b: pd.Series) -> str:
    return f((b.mean() - a.mean()) / np.sqrt((a.var() + b.var()) / 2), 2)


def welch(a: pd.Series, b: pd.Series) -> tuple[float, float, float, float]:
    test = stats.ttest_ind(b, a, equal_var=False)
    limits = test.confidence_interval()
    return b.mean() - a.mean(), limits.low, limits.high, test.pvalue


def hodges_lehmann(a: np.ndarray, b: np.ndarray) -> tuple[float, float, float]:
    d = np.sort(np.subtract.outer(b, a).ravel())
    k = round(len(a) * len(b) / 2 - 1.96 * np.sqrt(len(a) * len(b) * (len(a) + len(b) + 1) / 12))
    return float(np.median(d)), float(d[k - 1]), float(d[-k])


def poisson_limits(events: int, years: float) -> tuple[float, float]:
    low = stats.chi2.ppf(0.025, 2 * events) / 2 if events else 0.0
    return low / years, stats.chi2.ppf(0.975, 2 * events + 2) / 2 / years


def rate_ratio(frame: pd.DataFrame, events: str, years: str) -> tuple[float, float, float, float, str]:
    design = sm.add_constant((frame.arm == "AZA+MMF").astype(float).rename("treated"))
    offset = np.log(frame[years])
    fit = sm.NegativeBinomial(frame[events], design, offset=offset).fit(disp=0, maxiter=200)
    name = "negative binomial"
    if not fit.mle_retvals["converged"] or fit.params["alpha"] < 1e-4:
        fit = sm.GLM(frame[events], design, family=sm.families.Poisson(), offset=offset).fit(cov_type="HC0")
        name = "Poisson with robust standard errors"
    low, high = fit.conf_int().loc["treated"]
    return np.exp(fit.params["treated"]), np.exp(low), np.exp(high), fit.pvalues["treated"], name


def newcombe(a: int, n: int, b: int, m: int) -> tuple[float, float, float]:
    low, high = confint_proportions_2indep(b, m, a, n, compare="diff", method="newcomb")
    return 100 * (b / m - a / n), 100 * low, 100 * high


def risk_ratio(a: int, n: int, b: int, m: int) -> str:
    if a == 0:
        return "NE"
    low, high = confint_proportions_2indep(b, m, a, n, compare="ratio", method="score")
    return ci(b / m / (a / n), low, high, 2)


def baseline_table(people: pd.DataFrame) -> list[list[str]]:
    a, b = (people[people.arm == arm] for arm in ARMS)
    rows = []
    for column, label, summary in (
        ("age", "Age, years, mean (SD)", mean_sd),
        ("disease_duration", "Disease duration, years, median (quartiles)", quartiles),
        ("prior_year_relapses", "Attacks in the year before, median (quartiles)", quartiles),
        ("adl_baseline", "ADL, points, mean (SD)", mean_sd),
        ("edss_baseline", "EDSS, points, median (quartiles)", quartiles),
    ):
        rows.append([label, *(summary(g[column].dropna()) for g in (a, b, people)), smd(a[column], b[column])])
    for column, level, label in (
        ("sex", "female", "Female, n (%)"),
        ("aqp4_igg", "positive", "AQP4-IgG positive, n (%)"),
        ("corticosteroid", "yes", "Oral corticosteroid, n (%)"),
    ):
        known = [g[column].dropna() for g in (a, b, people)]
        flags = [(g == level).astype(float) for g in known]
        shown = [count(int(x.sum()), len(x)) for x in flags]
        rows.insert(len(rows) - 2, [label, *shown, smd(flags[0], flags[1])])
    return rows


def outcomes_table(people: pd.DataFrame, found: dict[str, str]) -> list[list[str]]:
    rows = []
    for outcome, label in (("adl", "ADL"), ("edss", "EDSS")):
        groups = [people[people.arm == arm] for arm in ARMS]
        decimals = 1 if outcome == "adl" else 2
        for time_point, when in (("baseline", "Before treatment"), ("month_6", "6 months")):
            a, b = (g[f"{outcome}_{time_point}"].dropna() for g in groups)
            d, low, high, value = welch(a, b)
            rows.append([f"{label}, {when}, n", str(len(a)), str(len(b)), "", ""])
            rows.append([f"{label}, {when}, mean (SD)", mean_sd(a), mean_sd(b), ci(d, low, high, decimals), p(value)])
            if outcome == "edss":
                shift = hodges_lehmann(a.to_numpy(float), b.to_numpy(float))
                u = stats.mannwhitneyu(b, a)
                found["superiority"] = f(u.statistic / len(a) / len(b), 2)
                middles = [quartiles(a), quartiles(b)]
                rows.append([f"{label}, {when}, median (quartiles)", *middles, ci(*shift, 2), p(u.pvalue)])
            found |= {f"{outcome}.{time_point}.{k}": mean_sd(x) for k, x in zip(ARMS, (a, b), strict=True)}
        fit = smf.ols(f"{outcome}_month_6 ~ {outcome}_baseline + C(arm)", people).fit()
        low, high = fit.conf_int().loc["C(arm)[T.AZA+MMF]"]
        adjusted = ci(fit.params["C(arm)[T.AZA+MMF]"], low, high, decimals)
        value = fit.pvalues["C(arm)[T.AZA+MMF]"]
        rows.append([f"{label}, 6 months, baseline-adjusted", "", "", adjusted, p(value)])
        found |= {f"{outcome}.adjusted": adjusted, f"{outcome}.p": p(value)}
        changes, values = [], []
        for group in groups:
            pair = group[[f"{outcome}_baseline", f"{outcome}_month_6"]].dropna().astype(float)
            test = stats.ttest_rel(pair.iloc[:, 1], pair.iloc[:, 0])
            limits = test.confidence_interval()
            changes.append(ci((pair.iloc[:, 1] - pair.iloc[:, 0]).mean(), limits.low, limits.high, decimals))
            values.append(p(test.pvalue))
            if outcome == "edss":
                found[f"wilcoxon.{group.arm.iloc[0]}"] = p(stats.wilcoxon(pair.iloc[:, 1], pair.iloc[:, 0]).pvalue)
        rows.append([f"{label}, mean change (95% CI)", *changes, "", ""])
        rows.append([f"{label}, P for the change", *values, "", ""])
        found |= {f"{outcome}.change.{k}": c for k, c in zip(ARMS, changes, strict=True)}
    return rows


def recurrence_table(people: pd.DataFrame, found: dict[str, str]) -> list[list[str]]:
    rows = []
    for month, days in ((6, 183), (12, 365)):
        events, years = f"events_{month}", f"years_{month}"
        complete = people[people.followup_days >= days]
        groups = [complete[complete.arm == arm] for arm in ARMS]
        everyone = [people[people.arm == arm] for arm in ARMS]
        rows.append([f"By {month} months, n followed", *(str(len(g)) for g in groups), "", ""])
        for k, label in enumerate(("0", "1", "2", "3 or more")):
            hits = [int((g[events] == k).sum() if k < 3 else (g[events] >= 3).sum()) for g in groups]
            shown = [count(hit, len(g)) for hit, g in zip(hits, groups, strict=True)]
            extra = ["", ""]
            if k == 0:
                free = newcombe(hits[0], len(groups[0]), hits[1], len(groups[1]))
                rest = [len(g) - hit for g, hit in zip(groups, hits, strict=True)]
                extra = [ci(*free, 0), p(stats.fisher_exact([hits, rest]).pvalue)]
                found |= {f"free.{month}": extra[0], f"free.{month}.p": extra[1]}
                found |= {f"free.{month}.{arm}": s for arm, s in zip(ARMS, shown, strict=True)}
            rows.append([f"{label} recurrences by {month} months, n (%)", *shown, *extra])
        totals = [(int(g[events].sum()), float(g[years].sum())) for g in everyone]
        rows.append([f"Recurrences by {month} months", *(str(t[0]) for t in totals), "", ""])
        rows.append([f"Person-years by {month} months", *(f(t[1]) for t in totals), "", ""])
        rates = [ci(n / t, *poisson_limits(n, t), 2) for n, t in totals]
        ratio, low, high, value, method = rate_ratio(people, events, years)
        found |= {f"ratio.{month}": ci(ratio, low, high, 2), f"ratio.{month}.p": p(value), f"method.{month}": method}
        found |= {f"rate.{month}.{arm}": rate for arm, rate in zip(ARMS, rates, strict=True)}
        found |= {f"events.{month}.{arm}": str(t[0]) for arm, t in zip(ARMS, totals, strict=True)}
        rows.append([f"Rate a year by {month} months (95% CI)", *rates, ci(ratio, low, high, 2), p(value)])
        d, low, high, value = welch(groups[0][events], groups[1][events])
        means = [f"{f(g[events].mean(), 2)} ({f(g[events].std(), 2)})" for g in groups]
        rows.append([f"Number per patient by {month} months, mean (SD)", *means, ci(d, low, high, 2), p(value)])
    return rows


def harms_table(people: pd.DataFrame, events: pd.DataFrame, found: dict[str, str]) -> list[list[str]]:
    labels = {
        "leukopenia": "Leukopenia",
        "liver": "Raised liver enzymes",
        "infection": "Infection",
        "gastrointestinal": "Nausea or diarrhoea",
        "alopecia": "Hair loss",
    }
    chosen = {"Any adverse reaction": events}
    chosen |= {label: events[events.term == term] for term, label in labels.items()}
    chosen |= {"Serious": events[events.serious == "yes"], "Led to stopping": events[events.action == "stopped"]}
    arm_of = people.set_index("patient_id").arm
    sizes = [int((people.arm == arm).sum()) for arm in ARMS]
    rows = []
    for label, part in chosen.items():
        arms = part.patient_id.map(arm_of)
        hit = [part.patient_id[arms == arm].nunique() for arm in ARMS]
        rest = [size - h for size, h in zip(sizes, hit, strict=True)]
        difference = ci(*newcombe(hit[0], sizes[0], hit[1], sizes[1]), 0)
        shown = []
        for h, size, arm in zip(hit, sizes, ARMS, strict=True):
            shown += [count(h, size), str(int((arms == arm).sum()))]
        rows.append([label, *shown, difference, risk_ratio(hit[0], sizes[0], hit[1], sizes[1])])
        if label.startswith("Any"):
            chi = stats.chi2_contingency([hit, rest], correction=False)
            found |= {"any.chi": f(chi.statistic, 2), "any.chi.p": p(chi.pvalue)}
            found["any.p"] = p(stats.fisher_exact([hit, rest]).pvalue)
            found |= {"any.difference": difference, "any.AZA": shown[0], "any.AZA+MMF": shown[2]}
    return rows


def compute() -> tuple[pd.DataFrame, dict[str, list[list[str]]], dict[str, str]]:
    people = pd.read_csv(STUDY / "participants.csv")
    visits = pd.read_csv(STUDY / "visits.csv").pivot(index="patient_id", columns="timepoint", values=["adl", "edss"])
    visits.columns = [f"{a}_{b}" for a, b in visits.columns]
    people = people.merge(visits.reset_index(), on="patient_id")
    relapses, events = pd.read_csv(STUDY / "relapses.csv"), pd.read_csv(STUDY / "adverse_events.csv")
    for month, days in ((6, 183), (12, 365)):
        per_patient = relapses[relapses.day <= days].groupby("patient_id").size()
        people[f"events_{month}"] = people.patient_id.map(per_patient).fillna(0).astype(int)
        people[f"years_{month}"] = people.followup_days.clip(upper=days) / 365.25
    found = {
        "n": str(len(people)),
        **{f"n.{arm}": str((people.arm == arm).sum()) for arm in ARMS},
        "follow": quartiles(people.followup_days),
        "stopped": str((people.stopped == "yes").sum()),
        "lost": str(people.lost_reason.notna().sum()),
        "adl.n": str(people.adl_month_6.notna().sum()),
        "edss.n": str(people.edss_month_6.notna().sum()),
    }
    tables = {
        "baseline": baseline_table(people),
        "outcomes": outcomes_table(people, found),
        "recurrences": recurrence_table(people, found),
        "harms": harms_table(people, events, found),
    }
    return people, tables, found


# ---- figures ---------------------------------------------------------------------------------------------------------


def save(figure: Any, folder: Path, name: str) -> None:
    figure.savefig(folder / f"{name}.svg", metadata={"Date": None})
    figure.savefig(folder / f"{name}.png", dpi=300)
    plt.close(figure)


def draw_flow(found: dict[str, str], folder: Path) -> None:
    figure, axes = plt.subplots(figsize=(16 / 2.54, 12 / 2.54))
    axes.set_axis_off()
    axes.set(xlim=(0, 1), ylim=(0, 1))
    box = {"boxstyle": "square,pad=0.6", "facecolor": "white", "edgecolor": "#555555"}
    arrow = {"arrowstyle": "-|>", "color": "#555555", "shrinkA": 16, "shrinkB": 16}
    places = {"top": (0.5, 0.92)}
    axes.annotate(f"Included (n = {found['n']})", (0.5, 0.92), ha="center", va="center", bbox=box, fontsize=8)
    for x, (arm, label) in zip((0.25, 0.75), ARMS.items(), strict=True):
        lines = (
            f"{label} (n = {found[f'n.{arm}']})\nReceived treatment (n = {found[f'n.{arm}']})",
            f"Stopped early in all (n = {found['stopped']})\nLost by 12 months in all (n = {found['lost']})",
            f"Analysed: ADL (n = {found['adl.n']} in all)\nEDSS (n = {found['edss.n']} in all)",
        )
        stops = [places["top"], *((x, y) for y in (0.65, 0.4, 0.12))]
        for text, place in zip(lines, stops[1:], strict=True):
            axes.annotate(text, place, ha="center", va="center", bbox=box, fontsize=8)
        for start, stop in pairwise(stops):
            axes.annotate("", xy=stop, xytext=start, arrowprops=arrow)
    save(figure, folder, "flow")


def draw_outcomes(people: pd.DataFrame, folder: Path) -> None:
    figure, axes = plt.subplots(1, 2, figsize=(16 / 2.54, 9 / 2.54))
    for axis, (outcome, label) in zip(axes, (("adl", "ADL, points"), ("edss", "EDSS, points")), strict=True):
        for offset, (arm, name) in zip((0.0, 3.0), ARMS.items(), strict=True):
            pair = people.loc[people.arm == arm, [f"{outcome}_baseline", f"{outcome}_month_6"]].dropna().astype(float)
            for row in pair.to_numpy():
                axis.plot([offset, offset + 1], row, color="#bbbbbb", linewidth=0.6)
            half = stats.t.ppf(0.975, len(pair) - 1) * pair.sem()
            axis.errorbar([offset, offset + 1], pair.mean(), yerr=half, color="#222222", marker="o", capsize=3)
            axis.text(offset + 0.5, axis.get_ylim()[1], name, ha="center", va="bottom", fontsize=8)
        axis.set_xticks([0, 1, 3, 4], ["Before", "6 months"] * 2, fontsize=7)
        axis.set_ylabel(label, fontsize=8)
    figure.tight_layout()
    save(figure, folder, "outcomes")


# ---- the paper -------------------------------------------------------------------------------------------------------


def grid(rows: list[list[str]], header: list[str]) -> str:
    line = lambda cells: "| " + " | ".join(cells) + " |"  # noqa: E731
    return "\n".join([line(header), "|:--|" + ":-:|" * (len(header) - 1), *map(line, rows)])


PAPER = Path(__file__).with_name("bare-paper.md.j2")


def write_paper(tables: dict[str, list[list[str]]], found: dict[str, str], folder: Path) -> None:
    study = yaml.safe_load((STUDY / "study.yml").read_text(encoding="utf-8"))

    def constant(key: str, **_: Any) -> str:
        held = study["constants"][key]
        return f"{held.get('text', held['value'])} {held.get('unit', '')}".strip()

    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
    quoted = {key: held["text"] for key, held in study["quoted"].items()}
    environment.globals |= {"constant": constant, "quoted": quoted.__getitem__, "term": str}
    prose = {
        key: environment.from_string((STUDY / path).read_text(encoding="utf-8")).render()
        for key, path in study["text"].items()
    }
    arms, compared = list(ARMS.values()), ["Estimate (95% CI)", "P"]
    harms = ["Term", f"{arms[0]}, n (%)", "Events", f"{arms[1]}, n (%)", "Events", "Risk difference", "Risk ratio"]
    shown = {
        "baseline": grid(tables["baseline"], ["Characteristic", *arms, "Total", "SMD"]),
        "outcomes": grid(tables["outcomes"], ["Measure", *arms, *compared]),
        "recurrences": grid(tables["recurrences"], ["Measure", *arms, *compared]),
        "harms": grid(tables["harms"], harms),
    }
    for ext in ("svg", "png"):
        text = environment.from_string(PAPER.read_text(encoding="utf-8")).render(
            title=study["title"], authors=[a["name"] for a in study["authors"]], study=study, prose=prose, x=found,
            tables=shown, ext=ext,
        )  # fmt: skip
        (folder / f"paper-{ext}.md").write_text(text, encoding="utf-8")


def render(folder: Path) -> None:
    home = Path(str(importlib.util.find_spec("pypandoc").origin)).parent / "files" / "pandoc"  # type: ignore[union-attr]
    common = ["--standalone", "--citeproc", "--bibliography", str(STUDY / "references.bib")]
    common += ["--csl", str(ROOT / "templates" / "looks" / "csl" / "vancouver.csl")]
    with timed("pandoc html"):
        run = [str(home), "paper-svg.md", "--to=html5", "--embed-resources", "--output=paper.html", *common]
        subprocess.run(run, cwd=folder, check=True)
    with timed("pandoc docx"):
        subprocess.run([str(home), "paper-png.md", "--to=docx", "--output=paper.docx", *common], cwd=folder, check=True)
    with timed("pandoc typst"):
        subprocess.run([str(home), "paper-svg.md", "--to=typst", "--output=paper.typ", *common], cwd=folder, check=True)
    with timed("typst"):
        (folder / "paper.pdf").write_bytes(typst.compile(str(folder / "paper.typ"), root=str(folder)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, required=True)
    folder = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    with timed("statistics"):
        people, tables, found = compute()
    with timed("figures"):
        draw_flow(found, folder)
        draw_outcomes(people, folder)
    with timed("template"):
        write_paper(tables, found, folder)
    render(folder)
    (folder / "times.json").write_text(json.dumps(TIMES), encoding="utf-8")


if __name__ == "__main__":
    main()
