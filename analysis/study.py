"""The study file: its model, and `load_study`, which reads and checks it.

`study.yml` says everything that is not patient data: title, authors, design, arms, time points, which column
of which file is what, the outcomes, the constants of the prose. The description of every key for an author is
docs/study-file.md. Importing this module needs pydantic and yaml only, so that a command starts quickly.
"""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    PrivateAttr,
    Tag,
    ValidationError,
    model_validator,
)

from analysis.faults import Fault, StudyError
from analysis.names import level_name
from analysis.study_estimand import Estimand, Intercurrent
from analysis.study_faults import STUDY_FILE, characters, line_of, place, translate
from analysis.study_flow import DeclaredGroup, Leaving, Lost, ParticipantFlow, Reason
from analysis.study_references import References
from analysis.study_values import (
    Address,
    Better,
    Date,
    DateOrMonth,
    Limits,
    Number,
    Orcid,
    Part,
    Scalar,
    Text,
    YesNo,
    scalar,
)
from analysis.yaml_file import Loc, parse_yaml, read_utf8

__all__ = [
    "DeclaredGroup",
    "Estimand",
    "Intercurrent",
    "Leaving",
    "Lost",
    "Part",
    "ParticipantFlow",
    "Reason",
    "Study",
    "load_study",
    "read_study",
]


# Who and when ---------------------------------------------------------------------------------------------------


class Condition(Part):
    """The disease or state that is studied."""

    name: Text = Field(description="full name, as it stands in a sentence")
    abbreviation: Text | None = Field(default=None, description="short form, if the paper uses one")


class Author(Part):
    """One author."""

    name: Text = Field(description="as printed")
    orcid: Orcid | None = Field(default=None, description="four groups of four")
    affiliations: list[Text] = Field(default_factory=list, description="keys of `affiliations`")
    roles: list[Text] = Field(default_factory=list, description="contributor roles (CRediT)")
    corresponding: bool = Field(default=False, description="whether letters go to this author")
    email: Text | None = Field(default=None, description="printed for the corresponding author")
    conflicts: Text | None = Field(default=None, description="conflicts of interest, `none declared` if none")


class Dates(Part):
    """Days that the paper or its files bear."""

    document: Date = Field(description="date of the paper, also inside the files (two builds give the same bytes)")
    enrolment_start: DateOrMonth | None = Field(
        default=None, description="first day (or month) in which a patient could enter; absent prints `not reported`"
    )
    enrolment_end: DateOrMonth | None = Field(
        default=None, description="last day (or month) in which a patient could enter; absent prints `not reported`"
    )


class Registration(Part):
    """Where the study is registered, or why not."""

    registered: bool = Field(description="whether it is registered")
    registry: Text | None = Field(default=None, description="name of the register")
    number: Text | None = Field(default=None, description="registration number")
    url: Address | None = Field(default=None, description="address of the record in the register")
    date: Date | None = Field(default=None, description="day of registration")
    reason: Text | None = Field(default=None, description="a sentence: why it is not registered")


class Protocol(Part):
    """Where the protocol or analysis plan can be read, or why not."""

    available: bool = Field(description="whether a plan dated before the data can be read")
    where: Text | None = Field(default=None, description="where it can be read")
    url: Address | None = Field(default=None, description="its address")
    reason: Text | None = Field(default=None, description="a sentence: why there is none")


class Ethics(Part):
    """Approval and consent."""

    statement: Text = Field(description="the sentence that is printed")
    committee: Text | None = Field(default=None, description="name of the committee")
    number: Text | None = Field(default=None, description="number of the approval")
    consent: Text | None = Field(default=None, description="a sentence on consent")


class Funding(Part):
    """Money, and what its giver had to say."""

    statement: Text = Field(description="the sentence that is printed")
    role: Text | None = Field(default=None, description="a sentence on the role of the funder")


# Design ---------------------------------------------------------------------------------------------------------


class Blinding(Part):
    """Who did not know the treatment."""

    participants: YesNo = Field(default="unknown", description="yes, no or unknown, in quotes")
    providers: YesNo = Field(default="unknown", description="those who treat")
    assessors: YesNo = Field(default="unknown", description="those who assess outcomes")
    analysts: YesNo = Field(default="unknown", description="those who analyse")


class Excluded(Part):
    """Patients who were looked at and not included, for one reason."""

    reason: Text = Field(description="the reason, as printed in the flow diagram")
    n: int | None = Field(ge=0, description="how many patients; null prints `not reported`")


class Sequence(Part):
    """One order of treatments in a cross-over."""

    label: Text = Field(description="name in tables and headings, such as `A then B`")
    short: Text = Field(description="short name for narrow columns and figures, such as `A–B`")
    arms: list[Text] = Field(min_length=2, description="keys of `arms`, one for each period, in order")


class Factor(Part):
    """One treatment of a factorial trial: some arms have it, the others have not."""

    label: Text = Field(description="name of the treatment in tables")
    arms: Annotated[list[Text], Field(min_length=1)] = Field(
        description="keys of the arms with this treatment; all others are without it"
    )
    against: Text | None = Field(
        default=None, description="what the others have in its place, as it stands in a sentence, such as `placebo`"
    )


class Cluster(Part):
    """Whole clusters of patients that were assigned together: practices, wards, villages."""

    noun: Text = Field(description="one cluster, as it stands in a sentence")
    plural: Text = Field(description="several clusters")
    analysis: Literal["mixed", "robust"] = Field(
        default="mixed",
        description="means by a mixed model with a random intercept, or by least squares with cluster-robust errors",
    )
    reason: Text | None = Field(default=None, description="a sentence: why clusters were assigned, not patients")
    icc: Annotated[Number, Field(ge=0, lt=1)] | None = Field(
        default=None, description="intracluster correlation that the sample size was calculated with"
    )


class Design(Part):
    """How the comparison came about. It decides the wording of the whole paper."""

    allocation: Literal["randomised", "non-randomised"] = Field(description="how groups arose; there is no default")
    assigned_by: Literal["routine care", "investigators", "randomisation"] = Field(
        description="who chose the treatment"
    )
    type: Literal["parallel", "crossover", "factorial", "cluster"] = Field(
        default="parallel",
        description="parallel groups, a cross-over (each patient has treatments in sequence), the combinations of "
        "treatments that `factors` names, or whole clusters",
    )
    factors: dict[str, Factor] = Field(
        default_factory=dict, description="treatments of a factorial trial by key, in order"
    )
    cluster: Cluster | None = Field(default=None, description="what the clusters are: of `type: cluster`")
    framework: Literal["superiority", "non-inferiority", "equivalence", "exploratory"] = Field(
        default="exploratory", description="what the comparison was meant to show"
    )
    prospective: bool = Field(description="whether patients entered before their outcome was known")
    setting: Text | None = Field(default=None, description="where patients were treated, as it stands in a sentence")
    blinding: Blinding = Field(default_factory=lambda: Blinding(), description="who did not know the treatment")
    sample_size: Text | None = Field(default=None, description="a sentence: how the number of patients was chosen")
    eligible_identified: int | None = Field(
        default=None, ge=0, description="patients assessed; null prints `not reported`"
    )
    excluded: list[Excluded] = Field(default_factory=list, description="patients not included, by reason")
    sequences: dict[str, Sequence] = Field(
        default_factory=dict, description="of a cross-over: orders of treatments by key"
    )
    washout: Text | None = Field(
        default=None,
        description="of a cross-over, a sentence: what lay between the periods, so that no effect carried over",
    )

    @property
    def excluded_in_all(self) -> int | None:
        """Patients not included; None where a reason has no number, or there are none."""
        known = [one.n for one in self.excluded if one.n is not None]
        return sum(known) if known and len(known) == len(self.excluded) else None


class Eligibility(Part):
    """Criteria, each a phrase."""

    inclusion: list[Text] = Field(min_length=1, description="what a patient had to have")
    summary: Text | None = Field(
        default=None, description="the same in few words, after `Patients could be included with`; for the abstract"
    )
    exclusion: list[Text] = Field(default_factory=list, description="what a patient must not have")


class Arm(Part):
    """One group of patients."""

    label: Text = Field(description="name in tables and headings")
    short: Text = Field(description="short name for narrow columns and figures")
    treatment: Text = Field(description="the treatment as it stands in a sentence")


class Timepoint(Part):
    """One time of assessment."""

    label: Text = Field(description="name in tables")
    in_sentence: Text | None = Field(
        default=None, description='as it stands in a sentence, with its preposition: "on the first morning"'
    )
    month: Annotated[Number, Field(ge=0)] = Field(description="months after the start; 0 is the baseline")
    window_days: int | None = Field(default=None, ge=1, description="last day that counts for events and for follow-up")
    at: Annotated[Number, Field(ge=0)] | None = Field(
        default=None, description="the same time in the unit of a time-to-event outcome"
    )
    period: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="of a cross-over: the period at whose end this is, from 1 on"
    )


# Data -----------------------------------------------------------------------------------------------------------

Role = Literal[
    "patient",
    "arm",
    "sequence",
    "enrolment",
    "received",
    "stopped",
    "stop_reason",
    "followup",
    "lost_reason",
    "cluster",
    "timepoint",
    "date",
    "day",
    "term",
    "serious",
    "action",
    "class",
    "severity",
    "fatal",
]


class Column(Part):
    """One column of a file: what it may hold."""

    type: Literal["text", "category", "integer", "number", "date"] = Field(description="what its cells are")
    role: Role | None = Field(default=None, description="what the column is for, if it is more than a variable")
    label: Text | None = Field(default=None, description="name in tables")
    unit: Text | None = Field(default=None, description="unit of a number")
    range: Limits | None = Field(default=None, description="lowest and highest number allowed, both included")
    step: Annotated[Number, Field(gt=0)] | None = Field(default=None, description="numbers are multiples of this")
    values: list[Number] | None = Field(default=None, description="the only numbers allowed")
    levels: dict[str, Text] | None = Field(
        default=None,
        description="cells allowed in a category, with label (arm, sequence, timepoint: with the key they stand for)",
    )
    missing_allowed: bool = Field(default=False, description="whether a cell may be empty or NA")


def _cell(value: Any) -> Any:
    """A cell as study.yml writes it: a text or a number; null is an empty cell."""
    return value if value is None else scalar(value)


Cell = Annotated[int | float | str | None, BeforeValidator(_cell)]


class DataFile(Part):
    """One data file."""

    path: Text = Field(description="relative to the study's folder, and inside it")
    key: list[Text] = Field(min_length=1, description="columns that together occur once")
    columns: dict[str, Column] = Field(min_length=1, description="the columns that are read; others are left alone")
    sheet: Text | None = Field(default=None, description="sheet of an Excel file, where it has several")
    delimiter: Literal[",", ";", "|", "tab"] | None = Field(
        default=None, description="what stands between the cells of a csv file, where it is no comma"
    )
    decimal: Literal[".", ","] = Field(default=".", description="what stands before the decimals in a csv file")
    recode: dict[str, dict[str, Cell]] | None = Field(
        default=None, description="column → old cell → new cell (null: an empty one); other cells stay"
    )
    derive: dict[str, Text] | None = Field(default=None, description="new column → expression over columns of the file")
    where: dict[str, list[Cell]] | None = Field(
        default=None, description="column → cells; rows with another cell there are left out"
    )
    wide: dict[str, dict[str, Text]] | None = Field(
        default=None, description="new column → time point → column: one row a patient is read as a file of visits"
    )

    def role(self, role: Role) -> str | None:
        """Name of the column that has this role, if any."""
        return next((name for name, column in self.columns.items() if column.role == role), None)


_LEVELS, _EXPRESSION = "<levels>", "<expression>"
"""The two forms of `populations.….where`; pydantic puts them into the places of faults (`study_faults.translate`)."""


class Population(Part):
    """A set of patients that analyses refer to."""

    label: Text = Field(description="as it stands in a sentence")
    where: (
        Annotated[
            Annotated[dict[str, list[Text]], Tag(_LEVELS)] | Annotated[Text, Tag(_EXPRESSION)],
            Discriminator(lambda value: _EXPRESSION if isinstance(value, str) else _LEVELS),
        ]
        | None
    ) = Field(
        default=None,
        description="null for all, else levels that the participants' columns must have, or an expression over them",
    )


# Analyses -------------------------------------------------------------------------------------------------------


class BaselineRow(Part):
    """One variable of Table 1: a column of the participants' file, or an outcome at the first time point."""

    column: Text | None = Field(default=None, description="a column of the participants' file")
    outcome: Text | None = Field(default=None, description="an outcome, at the first time point")
    summary: Literal["mean", "median", "count"] = Field(description="mean (SD), median (quartiles) or n (percent)")
    show: list[Text] | None = Field(default=None, description="levels of a count to print; all are computed")

    @property
    def key(self) -> str:
        """The name of the variable in `baseline.<key>.…`."""
        return level_name(self.column or self.outcome or "")


class Margin(Part):
    """How much worse still counts as no worse: for non-inferiority and equivalence."""

    value: Annotated[Number, Field(gt=0)] = Field(
        description="size of the difference, above 0 (percentage points of a binary outcome), or the ratio itself"
    )
    scale: Literal["difference", "ratio"] = Field(default="difference", description="what the value is of")


class Outcome(Part):
    """One outcome."""

    label: Text = Field(description="name in headings and tables")
    short: Text | None = Field(default=None, description="short name for tables and figures")
    kind: Literal["continuous", "skewed", "ordinal", "count", "binary", "graded", "time_to_event"] = Field(
        description="decides the analysis"
    )
    instrument: Text | None = Field(default=None, description="what measured it")
    definition: Text | None = Field(default=None, description="what counted as an event, as it stands in a sentence")
    cite: Text | None = Field(default=None, description="key of the reference for the instrument or definition")
    column: Text | None = Field(
        default=None, description="`file.column` of every outcome but a count; a graded one needs a category"
    )
    event: Annotated[list[Scalar], Field(min_length=1)] | None = Field(
        default=None, description="levels (or numbers) that count as the event: binary and time to event"
    )
    event_column: Text | None = Field(
        default=None, description="`file.column` that tells an event from the end of observation: time to event"
    )
    origin: Text | None = Field(
        default=None,
        description="start of the time, as it stands in a sentence (else the first time point): time to event",
    )
    order: list[Text] | None = Field(
        default=None, description="levels of a graded outcome, lowest first, where not as the column has them"
    )
    test: Literal["fisher", "chi_square"] = Field(default="fisher", description="test of a binary outcome")
    interval: Literal["newcombe", "miettinen_nurminen"] = Field(
        default="newcombe",
        description="interval of a binary outcome's risk difference; the second is also of ratio and P",
    )
    adjust_for: list[Text] = Field(
        default_factory=list,
        description="columns of the participants' file that a model adjusts for: all kinds but ordinal and graded",
    )
    adjusted_by: Literal["logistic", "modified_poisson"] = Field(
        default="logistic", description="model of a binary outcome with `adjust_for`: odds ratio, or risk ratio"
    )
    recurrent: Literal["andersen_gill"] | None = Field(
        default=None, description="model of the times of a count's events, beside that of their rates"
    )
    stratify_by: list[Text] = Field(
        default_factory=list,
        description="categories of the participants' file within which groups are compared: binary and time to event",
    )
    scale: Literal["linear", "log"] = Field(
        default="linear", description="with `log`, geometric means and their ratio too: continuous and skewed"
    )
    repeated: Literal["unstructured", "random_intercept"] | None = Field(
        default=None, description="covariance of a mixed model of all later times: continuous and ordinal"
    )
    margin: Margin | None = Field(
        default=None,
        description="margin of a primary outcome, with `design.framework`: continuous, binary and time to event",
    )
    estimand: Estimand | None = Field(default=None, description="what is estimated by a primary outcome (ICH E9(R1))")
    file: Text | None = Field(default=None, description="file of events of a count")
    unit: Text = Field(default="patients", description="unit, as printed; binary and graded outcomes need none")
    range: Limits | None = Field(default=None, description="lowest and highest possible value")
    better: Better = Field(description="which direction is better for the patient")
    role: Literal["primary", "secondary", "exploratory"] = Field(description="standing among the outcomes")
    prespecified: bool = Field(description="whether it was chosen before the data was seen")
    population: Text | None = Field(default=None, description="key of `populations`; the first one when absent")
    timepoints: list[Text] = Field(min_length=1, description="when it was assessed: keys of `timepoints`")


class Subgroup(Part):
    """An outcome compared within the levels of a category."""

    outcome: Text = Field(description="key of an outcome: binary or time to event")
    column: Text = Field(description="a category of the participants' file")
    prespecified: bool = Field(description="whether it was chosen before the data was seen")


class ModelChange(Part):
    """Keys of an outcome that a sensitivity analysis changes; the others stay as they are."""

    kind: Literal["continuous", "skewed"] | None = Field(
        default=None, description="ranks in place of means (`skewed`), or means in place of ranks (`continuous`)"
    )
    adjust_for: list[Text] | None = Field(default=None, description="columns of the participants' file")
    adjusted_by: Literal["logistic", "modified_poisson"] | None = Field(
        default=None, description="model of a binary outcome"
    )
    test: Literal["fisher", "chi_square"] | None = Field(default=None, description="test of a binary outcome")
    interval: Literal["newcombe", "miettinen_nurminen"] | None = Field(
        default=None, description="interval of a binary outcome"
    )
    scale: Literal["linear", "log"] | None = Field(default=None, description="with `log`, geometric means")
    repeated: Literal["unstructured", "random_intercept"] | None = Field(
        default=None, description="covariance of a mixed model of all later times"
    )
    stratify_by: list[Text] | None = Field(default=None, description="categories of the participants' file")


class Sensitivity(Part):
    """A sensitivity analysis: one outcome analysed again under other assumptions."""

    outcome: Text = Field(description="key of an outcome")
    timepoint: Text | None = Field(default=None, description="one of its time points; the last one when absent")
    method: Literal["population", "multiple_imputation", "worst_case", "best_case", "model"] = Field(
        description="what is changed"
    )
    prespecified: bool = Field(description="whether it was chosen before the data was seen")
    label: Text | None = Field(default=None, description="its name in the paper, where not the method's")
    population: Text | None = Field(default=None, description="`population`: key of another population")
    model: ModelChange | None = Field(default=None, description="`model`: keys of the outcome with other values")
    imputations: int = Field(default=20, ge=2, le=1000, description="`multiple_imputation`: how many")
    seed: int | None = Field(default=None, ge=0, description="`multiple_imputation`: seed of the random numbers")
    variables: list[Text] | None = Field(
        default=None,
        description="`multiple_imputation`: columns of the participants' file that help, beside group, outcome and "
        "covariates; those of `baseline` when absent",
    )
    draw: Literal["pmm", "normal"] = Field(
        default="pmm",
        description="`multiple_imputation`: numbers by predictive mean matching, or by Bayesian linear regression",
    )


class AdverseEvents(Part):
    """How harms were collected and counted."""

    file: Text = Field(description="file with one row an event")
    label: Text = Field(default="Adverse events", description="heading")
    noun: Text = Field(default="adverse event", description="singular, as it stands in a sentence")
    denominator: Text | None = Field(default=None, description="key of `populations`; the first one when absent")
    until: Text | None = Field(
        default=None,
        description="key of the time point up to whose `window_days` events were looked for; the whole follow-up when "
        "absent",
    )
    systematic: bool = Field(
        default=True, description="whether each term was looked for: terms without events are rows too"
    )
    sort: Literal["declared", "frequency", "class"] = Field(
        default="declared",
        description="terms as their column has them, by the number of patients, or by it within their classes",
    )
    classes: dict[str, Text] = Field(
        default_factory=dict, description="term → class, of terms without an event in the file (levels of both columns)"
    )
    better: Better = Field(default="lower", description="which direction is better for the patient")
    collection: Text | None = Field(default=None, description="sentences: how events were collected")
    definition: Text | None = Field(default=None, description="a sentence: what counted as an event")
    assessed_by: Text | None = Field(
        default=None, description="a sentence: who assessed events, and whether they knew the treatment"
    )
    grading: Text | None = Field(default=None, description="a sentence: by what severity was graded")
    coding: Text | None = Field(
        default=None, description="a sentence: by what terms were put into classes, and by whom"
    )
    prespecified: bool = Field(default=False, description="whether the comparison was chosen before the data was seen")


class Constant(Part):
    """A number that prose prints and no analysis computes."""

    value: Scalar = Field(description="the number (or text)")
    unit: Text | None = Field(default=None, description="unit, printed after it")
    text: Text | None = Field(default=None, description="how it is printed, where not as YAML would write it")
    source: Text = Field(description="where it comes from")


class Quoted(Part):
    """Figures that the prose quotes from a cited paper."""

    cite: Text = Field(description="key of the reference")
    text: Text = Field(description="what is printed, word for word")
    where: Text = Field(description="where in the cited paper it stands")


class Choices(Part):
    """Choices that all analyses share."""

    alpha: Annotated[Number, Field(gt=0, lt=1)] = Field(default=0.05, description="level below which P counts as small")
    ci_level: Annotated[Number, Field(gt=0, lt=1)] = Field(default=0.95, description="level of confidence intervals")
    sides: Literal[2] = Field(default=2, description="tests are two-sided")


class Multiplicity(Part):
    """Several arms compared with the reference: what keeps the error of all these comparisons."""

    method: Literal["holm", "dunnett", "none"] = Field(
        description="`holm`; `dunnett` for means that are not adjusted, and `holm` for the rest; or `none`"
    )


class Trend(Part):
    """Arms in order, such as doses, and the outcomes whose trend over them is tested."""

    scores: dict[str, int | Number] = Field(description="score of each arm, such as its dose, by arm")
    outcomes: list[Text] = Field(
        min_length=1, description="keys of outcomes: binary, continuous, ordinal, skewed or graded"
    )
    noun: Text = Field(default="dose", description="what the scores are, as it stands after `with the`")
    unit: Text | None = Field(default=None, description="unit of the scores, such as mg")
    prespecified: bool = Field(description="whether the tests were chosen before the data was seen")


class Overrule(Part):
    """Words that the author keeps although a rule speaks against them."""

    text: Text = Field(description="where they stand: a key of `text`, or `title`, `objective`, `outcomes.KEY.label` …")
    words: Text = Field(description="the words, as they stand there; those of the finding, or more")
    reason: Text = Field(description="a sentence: why they may stand; it is kept in the paper's record")


class Said(Part):
    """Why an item of the reporting checklist has no answer; one of the three."""

    not_done: Text | None = Field(default=None, description="a sentence, printed: that it was not done")
    not_reported: Text | None = Field(default=None, description="a sentence, printed: that it is not known, and why")
    not_applicable: Text | None = Field(
        default=None, description="a clause for the checklist, not printed: why the item does not apply"
    )

    @model_validator(mode="after")
    def _one(self) -> Said:
        if sum(one is not None for one in (self.not_done, self.not_reported, self.not_applicable)) != 1:
            raise ValueError("write one of not_done, not_reported and not_applicable, with its reason")
        return self


_SENTENCES, _SAID = "<sentences>", "<said>"
Answer = Annotated[
    Annotated[Text, Tag(_SENTENCES)] | Annotated[Said, Tag(_SAID)],
    Discriminator(lambda value: _SENTENCES if isinstance(value, str) else _SAID),
]


class Reporting(Part):
    """Answers to items of the reporting checklist that no other key gives: sentences that the paper prints."""

    registration: Answer | None = Field(
        default=None, description="after the sentence on registration: what it does not tell (item 2)"
    )
    protocol: Answer | None = Field(
        default=None, description="after the sentence on the protocol: where the analysis plan is (item 3)"
    )
    data_sharing: Answer | None = Field(
        default=None, description="after `data_availability`: data dictionary, code, other materials (item 4)"
    )
    funding: Answer | None = Field(
        default=None, description="after `funding`: supply of drugs, role of the funders (item 5a)"
    )
    patient_involvement: Answer | None = Field(
        default=None, description="patients or the public in design, conduct and reporting (item 8)"
    )
    ratio: Answer | None = Field(default=None, description="planned ratio of the groups' sizes (item 9)")
    changes: Answer | None = Field(
        default=None, description="important changes after the study began, with reasons (item 10)"
    )
    framework_rationale: Answer | None = Field(
        default=None, description="why non-inferiority or equivalence was to be shown"
    )
    reference_trials: Answer | None = Field(
        default=None,
        description="non-inferiority and equivalence: how participants, reference treatment and outcomes compare with "
        "those of the trials that established its efficacy",
    )
    unreported_outcomes: Answer | None = Field(
        default=None, description="outcomes that were measured and are not reported, why, and where their data are"
    )
    setting: Answer | None = Field(default=None, description="settings and places, beside `design.setting` (item 11)")
    sites: Answer | None = Field(
        default=None, description="eligibility of sites, and of those who deliver the treatments (item 12b)"
    )
    harms_assessment: Answer | None = Field(default=None, description="how harms were defined and assessed (item 15)")
    sample_size: Answer | None = Field(
        default=None, description="after `design.sample_size`: what it assumes (item 16a)"
    )
    interim: Answer | None = Field(default=None, description="interim analyses and rules for stopping (item 16b)")
    sequence_generation: Answer | None = Field(
        default=None, description="who generated the random sequence, and how (item 17a)"
    )
    randomisation_type: Answer | None = Field(
        default=None, description="type of randomisation, strata, blocks and their size (item 17b)"
    )
    concealment: Answer | None = Field(
        default=None, description="how the sequence was hidden until treatments were assigned (item 18)"
    )
    implementation: Answer | None = Field(
        default=None, description="whether those who enrolled and assigned had access to the sequence (item 19)"
    )
    blinding: Answer | None = Field(
        default=None, description="after the sentence on masking: more on who was blinded (item 20a)"
    )
    blinding_how: Answer | None = Field(
        default=None, description="how blinding was achieved, and how alike the treatments were (item 20b)"
    )
    recruitment: Answer | None = Field(
        default=None, description="periods of recruitment and follow-up, beside `dates` (item 23a)"
    )
    stopping: Answer | None = Field(default=None, description="why the study ended or was stopped (item 23b)")
    delivery: Answer | None = Field(
        default=None, description="treatments as they were given: by whom, adherence, fidelity (item 24a)"
    )
    concomitant_care: Answer | None = Field(
        default=None, description="other care during the study, in each group (item 24b)"
    )
    harms: Answer | None = Field(default=None, description="harms, where there is no file of them (item 27)")


class Study(Part):
    """A whole study file, checked."""

    everynumber: Literal[1] = Field(description="version of this format")
    data: Literal["simulated", "real"] = Field(description="with `simulated` every output bears a notice")
    title: Text = Field(description="title of the paper; names the design")
    short_title: Text = Field(description="running title")
    keywords: list[Text] = Field(default_factory=list, description="keywords")
    condition: Condition = Field(description="the disease or state that is studied")
    authors: list[Author] = Field(min_length=1, description="authors, in order")
    affiliations: dict[str, Text] = Field(default_factory=dict, description="affiliations by key")
    dates: Dates = Field(description="days that the paper bears")
    registration: Registration = Field(description="where it is registered, or why not")
    protocol: Protocol = Field(description="where the plan can be read, or why not")
    ethics: Ethics = Field(description="approval and consent")
    funding: Funding = Field(description="who paid")
    data_availability: Text = Field(description="a sentence: where the data are")
    design: Design = Field(description="how the comparison came about")
    objective: Text = Field(description="a sentence that begins with `To`")
    flow: ParticipantFlow | None = Field(
        default=None, description="numbers of patients that the data do not hold, where others reported them"
    )
    eligibility: Eligibility = Field(description="criteria")
    arms: dict[str, Arm] = Field(min_length=2, description="groups by key, in order of the tables")
    reference_arm: Text = Field(description="key of the arm that the others are compared with")
    timepoints: dict[str, Timepoint] = Field(min_length=1, description="times of assessment by key, in order")
    files: dict[str, DataFile] = Field(min_length=1, description="data files by key")
    populations: dict[str, Population] = Field(
        default_factory=lambda: {"all": Population(label="all included patients", where=None)},
        min_length=1,
        description="sets of patients by key; the first is used where none is named",
    )
    baseline: list[BaselineRow] = Field(default_factory=list, description="rows of Table 1, in order")
    outcomes: dict[str, Outcome] = Field(default_factory=dict, description="outcomes by key, in order")
    subgroups: list[Subgroup] = Field(default_factory=list, description="comparisons within levels, in order")
    sensitivity: dict[str, Sensitivity] = Field(
        default_factory=dict, description="sensitivity analyses by key, in order"
    )
    adverse_events: AdverseEvents | None = Field(default=None, description="harms")
    reporting: Reporting = Field(
        default_factory=lambda: Reporting(), description="answers to the reporting checklist that no other key gives"
    )
    constants: dict[str, Constant] = Field(default_factory=dict, description="numbers of the prose, by key")
    quoted: dict[str, Quoted] = Field(default_factory=dict, description="figures of cited papers, by key")
    terms: list[Text] = Field(default_factory=list, description="names with digits in them, such as AQP4-IgG")
    analysis: Choices = Field(default_factory=lambda: Choices(), description="choices that all analyses share")
    multiplicity: Multiplicity = Field(
        default_factory=lambda: Multiplicity(method="none"), description="more than two arms: family of comparisons"
    )
    trend: Trend | None = Field(default=None, description="three arms or more in order: tests for trend")
    style: Text = Field(default="icmje", description="the journal's style")
    references: Text | None = Field(default=None, description="the .bib file")
    prepare: Text | None = Field(default=None, description="a script whose function `prepare` changes the tables")
    text: dict[str, Text] = Field(default_factory=dict, description="the author's prose: a file for each place")
    overrules: list[Overrule] = Field(default_factory=list, description="findings on words that the author overrules")

    _folder: Path = PrivateAttr(default=Path())
    _sha256: str = PrivateAttr(default="")
    _lines: dict[Loc, int] = PrivateAttr(default_factory=dict)

    @property
    def folder(self) -> Path:
        """The folder that the study lies in, as given to `load_study`."""
        return self._folder

    @property
    def id(self) -> str:
        """The folder's name."""
        return self._folder.resolve().name

    @property
    def sha256(self) -> str:
        """SHA-256 of the bytes of study.yml, in hex."""
        return self._sha256

    @property
    def lines(self) -> dict[Loc, int]:
        """The line of study.yml on which each key path stands."""
        return dict(self._lines)

    def path(self, relative: str) -> Path:
        """A file of the study by its path in study.yml."""
        return self._folder / relative

    @property
    def contrasts(self) -> list[tuple[str, str]]:
        """Pairs `(arm, reference arm)`, in order of `arms`."""
        return [(arm, self.reference_arm) for arm in self.arms if arm != self.reference_arm]

    @property
    def participants(self) -> str:
        """Key of the file that holds one row a patient (the one with a column of role `arm`, or `sequence`)."""
        return next(key for key, file in self.files.items() if file.role("arm") or file.role("sequence"))

    @property
    def crossover(self) -> bool:
        """Whether each patient has several treatments, one after the other."""
        return self.design.type == "crossover"

    @property
    def groups(self) -> list[str]:
        """Keys of the groups of patients: sequences of a cross-over, else arms."""
        return list(self.design.sequences) if self.crossover else list(self.arms)

    @property
    def periods(self) -> list[str]:
        """Keys of the time points that are periods of a cross-over, in order."""
        numbered = [(point.period, key) for key, point in self.timepoints.items() if point.period is not None]
        return [key for _, key in sorted(numbered)]

    @property
    def first_timepoint(self) -> str:
        """Key of the first time point, the baseline."""
        return next(iter(self.timepoints))

    def population_of(self, key: str | None) -> str:
        """Key of a population: the one named, or the first."""
        return key or next(iter(self.populations))


# Reading --------------------------------------------------------------------------------------------------------


def load_study(folder: str | Path) -> Study:
    """Read and check a study file.

    Args:
        folder: the study's folder, anywhere on disk; it holds `study.yml`.

    Returns:
        The study, all of whose references among keys and files hold. Patient data is not read yet
        (see `analysis.load.load_data`), and that a data file exists is checked there.

    Raises:
        StudyError: with every fault that study.yml has.
    """
    study, faults = read_study(folder)
    if faults or study is None:
        raise StudyError(faults)
    return study


def read_study(folder: str | Path) -> tuple[Study | None, list[Fault]]:
    """Like `load_study`, but faults are returned.

    With faults the study is None, or one of which only the files are to be relied on, so that the cells of the data can
    be checked in the same go.
    """
    root = Path(folder)
    if not root.is_dir():
        what = "This is a file, not a folder." if root.exists() else "There is no such folder."
        return None, [Fault(str(folder), what, "Name the folder that holds study.yml.")]
    text, faults = read_utf8(root / STUDY_FILE, STUDY_FILE)
    if faults:
        if not (root / STUDY_FILE).is_file():
            what = "There is no study.yml in this folder."
            faults = [Fault(str(folder), what, "Name the folder that holds study.yml.")]
        return None, faults
    raw, lines, faults = parse_yaml(text, STUDY_FILE)
    if raw is None and not faults:
        return None, [Fault(STUDY_FILE, "The file is empty.", "docs/study-file.md describes what it must hold.")]
    if not isinstance(raw, dict):
        return None, faults or [
            Fault(STUDY_FILE, "The file must be a list of keys with values (key: value).", "See docs/study-file.md.")
        ]
    faults += characters(raw, lines)
    open_places = _to_fill_in(raw, lines)
    add_visits(raw)
    study: Study | None = None
    try:
        study = Study.model_validate(raw)
    except ValidationError as error:
        faults += [translate(one, lines, Study) for one in error.errors(include_url=False)]
        study = _files_only(raw)
    faults += list(References(raw, lines, root).check())
    if study is not None:
        study._folder = root
        study._lines = lines
        study._sha256 = hashlib.sha256((root / STUDY_FILE).read_bytes()).hexdigest()
    still = {fault.where for fault in open_places}
    faults = [*open_places, *(fault for fault in faults if fault.where not in still)]
    order = {fault: number for number, fault in reversed(list(enumerate(faults)))}
    return study, sorted(order, key=lambda fault: (line_of(fault.where), order[fault]))


def _files_only(raw: dict[str, Any]) -> Study | None:
    """A study of which only the well-formed entries of `files` are there."""
    files: dict[str, DataFile] = {}
    listed = raw.get("files")
    for key, file in (listed if isinstance(listed, dict) else {}).items():
        with contextlib.suppress(ValidationError):
            files[key] = DataFile.model_validate(file)
    known = {
        "prepare": raw["prepare"] if isinstance(raw.get("prepare"), str) else None,
        "timepoints": raw["timepoints"] if isinstance(raw.get("timepoints"), dict) else {},
    }
    return Study.model_construct(None, files=files, **known) if files else None


FILL_IN = "FILL IN:"
"""Begins a text of study.yml that only the author can give, as `everynumber init` writes it."""


def _to_fill_in(value: Any, lines: dict[Loc, int], loc: Loc = ()) -> list[Fault]:
    """A fault for each text that the author has not given yet."""
    if isinstance(value, dict):
        return [fault for key, one in value.items() for fault in _to_fill_in(one, lines, (*loc, key))]
    if isinstance(value, list):
        return [fault for i, one in enumerate(value) for fault in _to_fill_in(one, lines, (*loc, i))]
    if not isinstance(value, str) or FILL_IN not in value:
        return []
    wanted = value.partition(FILL_IN)[2].strip().rstrip(".")
    return [Fault(place(loc, lines), "This is still to be filled in.", f"Wanted: {wanted}." if wanted else "")]


def add_visits(raw: dict[str, Any]) -> None:
    """Gives each wide file the column that names the visit, which its entry need not declare."""
    files = raw.get("files")
    for file in files.values() if isinstance(files, dict) else ():
        columns = file.get("columns") if isinstance(file, dict) else None
        wide = file.get("wide") if isinstance(file, dict) else None
        if not isinstance(columns, dict) or not isinstance(wide, dict):
            continue
        if any(isinstance(one, dict) and one.get("role") == "timepoint" for one in columns.values()):
            continue
        times = {str(time): str(time) for at in wide.values() if isinstance(at, dict) for time in at}
        columns.setdefault("timepoint", {"type": "category", "role": "timepoint", "levels": times})
        patients = [name for name, one in columns.items() if isinstance(one, dict) and one.get("role") == "patient"]
        if patients:
            file.setdefault("key", [patients[0], "timepoint"])
