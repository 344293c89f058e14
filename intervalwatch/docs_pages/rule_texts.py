"""The conditions of the breach rules in words, and the reason of their defaults, for people who read the reference.

`agents.rules` holds the conditions as code; a test compares the names here with the rules.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["RULE_TEXTS", "RuleText"]

_FALSE_ALARMS = (
    "[false alarms on healthy days](../detection.md#healthy-days-warnings-per-queue-and-day-200-days-a-cell)"
)
_DETECTION = "[how soon the alarm tells](../detection.md#what-the-alarm-finds)"
_SUM = (
    "S >= `accumulate` in an interval outside, where S = max(0, S + w x distance) forgets slowly: distances beyond "
    "{limit} add to it, and an interval inside gives back twice its distance, at most as much as one at the target. "
    "w is the interval's length in half hours (less where it has few contacts), times how much such a distance counts, "
    "times how much this queue's service level varies by chance ([the sum](../concepts/breaches.md#sums)). "
    "Intervals of fewer than `min_volume` contacts are judged contact by contact. A resolved breach and the end of the "
    "open day set S to 0"
)
_SUM_RECOVERS = (
    "after `clear_after` intervals back inside (`recovered`), those of few contacts counting as one each time they "
    "have `min_volume` together; at the end of the open day (`day_ended`), or after 4 intervals one after the other "
    "without contacts (`no_volume`)"
)
_NOT_MEASURED = "The default is a convention of the field, not a measurement; set your own."
_MONTHS = "`python bench/bench_quality.py` measures it on 300 simulated months a cell, looked at daily:"


@dataclass(frozen=True, slots=True)
class RuleText:
    """One rule in words."""

    looks_at: str
    opens: str
    critical: str
    ends: str
    why: str


_RECOVERS = (
    "after `clear_after` counting intervals back inside (`recovered`), at the end of the open day (`day_ended`), or "
    "after 4 intervals one after the other that do not count (`no_volume`)"
)
_BY_DAY = "at the end of the first later day that counts and is inside the limit"

RULE_TEXTS: Final[Mapping[str, RuleText]] = {
    "service_level_below_range": RuleText(
        "the service level of each final interval against the low end of the queue's range",
        _SUM.format(limit="the low end"),
        "S >= `critical`",
        _SUM_RECOVERS,
        f"By simulation of healthy queues and of those whose level falls: {_DETECTION}, and its cost on healthy days. "
        "Three half hours running below 75 %, the usual rule, warn 0.24 to 0.42 times a healthy day.",
    ),
    "service_level_above_range": RuleText(
        "the service level of each final interval against the high end of the queue's range: over-service costs money",
        _SUM.format(limit="the high end"),
        "S >= `critical`; by default never",
        _SUM_RECOVERS,
        f"A healthy queue warns at most 0.012 times a day ({_DETECTION}).",
    ),
    "service_level_day": RuleText(
        "the day's service level against the low end of the queue's range, from the sums of its intervals' first "
        "revisions, when the open day ends",
        "the day's service level < low end, with at least twice `min_volume` contacts. It opens as info where it is "
        "less than `errors` standard errors under the target (by the queue's own chance; the days since the breach "
        "opened count together), and rises to a warning when it is so far under. Live, as info, as soon as it is "
        "[projected](../projections.md) to end at or above the low end with a probability < `chance`",
        "the day's service level < low end - `critical`, and it is no info",
        _BY_DAY,
        "A healthy queue staffed exactly for 80 % ends up to 3 of 10 days under 75 % where it has 50 to 250 contacts a "
        "day, and 1 of 10 where it has more. The days are shown and kept; by 2 standard errors people are told of at "
        "most 0.07 a day, where all of them would be 0.27.",
    ),
    "service_level_unusual": RuleText(
        "the [signal](../concepts/figures.md#signals): the interval against the queue's own past in the same slot",
        "at least `intervals` of the last `of_last` counting intervals have the signal `low`",
        "at least `critical` of them do; by default never",
        _RECOVERS,
        f"2 of the last 3 warned 0.28 times per queue and day in the worst healthy cell; 3 of 4 warn 0.09 times "
        f"({_FALSE_ALARMS}). 20 points are the least that a chart's limits can rest on.",
    ),
    "service_level_lost": RuleText(
        "the open interval as it stands, live",
        "with at least `min_volume` contacts settled, (served in time + still hoped for) / (settled + still hoped for) "
        "< low end, where still hoped for = contacts waiting within the threshold + forecast x the share of the "
        "interval still to come. It opens as info",
        "never; it becomes a warning, while no breach of `service_level_below_range` is open, when its shortfall in "
        "half hours reaches `alone`, or when the running sum of `service_level_below_range` plus this "
        "interval's certain part of it reaches that rule's `accumulate`",
        "when the interval is final (`final`), or as soon as the range can be met again (`recovered`)",
        "`alone` is this product's own: a half hour at 9 % would otherwise be told only when it is "
        f"final. On healthy days it is told in one incident with the breach that takes over ({_DETECTION}).",
    ),
    "service_level_at_risk": RuleText(
        "the intervals of the next two hours as [projected](../projections.md), once a minute, live",
        "P(an interval ends below the low end) >= `opens`",
        "never; it is a warning when P >= `warning`. None begins while a breach of `service_level_below_range` is open",
        "when no interval within two hours has P >= `ends` (`recovered`), or the day is over (`day_ended`)",
        "Wanted by this product: people hear of it while they can still act; how often it comes true is in "
        "[projections](../projections.md).",
    ),
    "abandon_rate_above_limit": RuleText(
        "the abandon rate of each final interval",
        _SUM.format(limit="`limit`"),
        "S >= `critical`",
        _SUM_RECOVERS,
        f"By simulation ({_DETECTION}). Three abandon rates above 5 % running warn more than once a day on healthy "
        "queues.",
    ),
    "occupancy_outside_range": RuleText(
        "occupancy of each final interval whose agent time is known",
        "`running` intervals running outside `range`. The rule is off until `range` is set; setting it turns it on",
        "never",
        _RECOVERS,
        "A large pooled queue is rightly busier than a small one, so no range is right for all.",
    ),
    "volume_variance": RuleText(
        "contacts offered against the forecast of the plan that counts, "
        "by the [volume-adjusted z](../concepts/figures.md#forecast-accuracy)",
        "|z| > `z` and |(A - F) / F| > `tolerance` in one interval; or upwards in two running ones together: "
        "(z1 + z2) / sqrt(2) > `z_two`, where z1 counts as `z` at most",
        "|z| > `critical`",
        _RECOVERS,
        "z 3 warned 0.20 times per queue and day in the worst healthy cell; 3.5 with `z_two` 3.2 warns 0.06 times and "
        "finds a volume of +50 % at 100 contacts (dispersion 1.5) within two intervals on 97 of 100 days, z alone on "
        "87 ([how far a test can see](../detection.md#how-far-a-test-can-see)).",
    ),
    "aht_variance": RuleText(
        "AHT against the forecast AHT, by its [z](../concepts/figures.md#forecast-accuracy). A low AHT does not count "
        "until the queue has been open for 5 forecast handle times: until then only short contacts have ended",
        "|z| > `z` and |AHT / forecast - 1| > `tolerance` in one interval; or upwards in two running ones together, as "
        "`volume_variance`",
        "|z| > `critical`",
        _RECOVERS,
        f"z 3 warned 0.15 times per queue and day in the worst healthy cell; 3.8 with `z_two` 3.0 warns 0.08 times "
        f"({_FALSE_ALARMS}).",
    ),
    "net_staffing": RuleText(
        "staffed agents against the requirement "
        "[derived again from the actual volume and AHT](../concepts/figures.md#required-agents)",
        "staffed - required < -max(`agents`, `share` x required) in `running` intervals running. An interval with "
        "`shared_agents` does not count. It looks at a [named pool](../concepts/groups.md#the-rule-on-a-pool) in place "
        "of its queues",
        "staffed - required < -max(`critical_agents`, `critical_share` x required) in the last `critical_running` "
        "intervals",
        _RECOVERS,
        "Short by 10 % in 3 running warned 0.95 times per queue and day in the worst healthy cell; in 5 running it "
        f"warns 0.10 times. Critical at 25 % in 2: 0.20 times; at 40 % in 4: 0.01 ({_FALSE_ALARMS}).",
    ),
    "schedule_gap": RuleText(
        "staffed agents against scheduled ones: whether those who should be there are",
        "staffed - scheduled < -max(`agents`, `share` x scheduled) in `running` intervals running",
        "staffed - scheduled < -max(`critical_agents`, `critical_share` x scheduled) in the last `critical_running` "
        "intervals",
        _RECOVERS,
        "Chance moves no schedule: who is scheduled is there or is not, so two intervals are enough. " + _NOT_MEASURED,
    ),
    "plan_missing": RuleText(
        "intervals with contacts and without a plan, of a queue that has any plan; live, and again when the interval "
        "is final",
        "at least `min_volume` contacts are offered in an interval that has no plan",
        "never",
        _RECOVERS,
        "One contact is enough: a plan is there or is not.",
    ),
    "forecast_accuracy": RuleText(
        "the day's weighted absolute percentage error of volume, WAPE = sum |A - F| / sum F over its final intervals "
        "with a plan, when the open day ends",
        "WAPE > `wape`, where the day's forecast is at least `min_forecast`",
        "WAPE > `critical`",
        _BY_DAY,
        f"0.15 from 500 contacts warned 0.25 times per queue and day in the worst healthy cell; 0.18 from 1,000 warns "
        f"0.01 times ({_FALSE_ALARMS}). A [perfect forecast](../concepts/figures.md#forecast-accuracy) misses small "
        "volumes by more than that.",
    ),
    "critical_error_accuracy": RuleText(
        "monitored transactions chosen at random, by family, over the calendar month so far; per program, and per "
        "queue where the program has several that are monitored",
        "accuracy < target with at least `min_n` transactions that have an applicable check: info. It becomes a "
        "warning when the upper end of the two-sided exact interval of `confidence` lies below the target",
        "the likelihood of the month, averaged over accuracies uniform on (0, target), is `evidence` times or more the "
        "likelihood at the target. This holds however often one looks",
        _BY_DAY,
        f"{_MONTHS} at target a warning in 2.3 to 14.7 % of months (three families, 60 to 1,200 evaluations), a "
        "critical in at most 0.3 %. The targets are this product's; the public text of the standard gives none.",
    ),
    "monitoring_coverage": RuleText(
        "whether evaluations of the month so far cover every agent with contacts, and spread over hours, shifts, teams "
        "and agents as contacts do",
        "an agent with handled contacts has fewer than `min_evaluations`, prorated by elapsed days; or a chi-square "
        "test of spread has p < `p_value` / the number of tests made",
        "never",
        _BY_DAY,
        "p is divided by the number of tests, since they are one question. " + _NOT_MEASURED,
    ),
    "variation_too_big": RuleText(
        "the month so far: AHT over agents, teams and shifts within a queue (rules A and B), and the process sigma of "
        "critical error accuracy (rule C)",
        "A: range / mean > `range_over_mean`; B: SD / (mean / 6) > `sd_over_sixth`; C: process sigma < `min_sigma`",
        "never",
        _BY_DAY,
        "The three limits are the rules of thumb of the [COPC-2000 CSP slides](../concepts/standard.md#variation). "
        "200 contacts an agent keep chance out of A and B: agents' mean AHTs vary by cv / sqrt(contacts) anyway.",
    ),
    "feed_missing": RuleText(
        "intervals that are [missing](../concepts/intervals.md#missing); the scope is the silent source, empty where a "
        "queue speaks for itself",
        "`running` intervals running are missing",
        "`critical` running",
        _RECOVERS + ". An interval in which nobody spoke is no sign of the feed's return, and does not count",
        "One missing interval is a gap in the record already.",
    ),
    "integrity": RuleText(
        "the [checks](../concepts/figures.md#integrity) of item 2.6 on each final interval; the scope is the check",
        "a check fails: `negative`, `exceeds_answered`, `exceeds_abandoned`, `unbalanced`, `reported_mismatch`, "
        "`threshold_mismatch`, `incomplete`, `rejected`, `two_feeds`",
        "never",
        _RECOVERS + ". An interval in which nothing came proves no check passed",
        "Half a point and half a unit of the last digit: reports round.",
    ),
    "repeat_breach": RuleText(
        "breaches of one rule that opened in the same slot (a time of day)",
        "`times` openings of the same rule and scope at the same local time within `weeks` weeks: hand over to "
        "structured problem solving (item 2.3)",
        "never",
        "at the end of the first day on which fewer are left in the weeks looked at",
        _NOT_MEASURED,
    ),
}
"""Texts by rule name."""
