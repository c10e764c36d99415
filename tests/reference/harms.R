# R's numbers on adverse events, under the names of our statistics; tests/analysis/test_harms_r.py makes the study.
# Run in this folder: Rscript harms.R > harms.csv   (R >= 4); it writes harms-people.csv and harms-events.csv too, which
# are random (no patient is real).
set.seed(20)
arms <- c("placebo", "low", "high"); n <- c(41, 38, 43)
people <- data.frame(id = sprintf("P%03d", seq_len(sum(n))), arm = rep(arms, n), days = sample(60:400, sum(n), TRUE))
term <- c("Nausea", "Vomiting", "Diarrhoea", "Abdominal pain, upper", "Headache", "Dizziness", "Rash", "Pruritus",
  "Herpes zoster", "Pneumonia", "Urinary tract infection", "Leukopenia", "Thrombocytopenia", "Anaphylactic reaction")
home <- c(rep("gastrointestinal", 4), rep("nervous", 2), rep("skin", 2), rep("infections", 3), rep("blood", 2), "immune")
often <- rbind(c(9, 5, 6, 3, 9, 4, 3, 2, 0, 1, 3, 0, 1, 0), c(14, 6, 7, 2, 8, 5, 5, 2, 2, 2, 4, 3, 0, 0),
  c(20, 9, 9, 5, 10, 7, 8, 4, 4, 3, 5, 7, 2, 0))
grades <- c("mild", "moderate", "severe", "life_threatening")
events <- do.call(rbind, lapply(1:3, function(a) do.call(rbind, lapply(which(often[a, ] > 0), function(t) {
  who <- sample(people$id[people$arm == arms[a]], often[a, t], TRUE)
  grade <- sample(grades, length(who), TRUE, c(.5, .3, .15, .05))
  data.frame(id = who, term = term[t], class = home[t], severity = grade, serious = ifelse(grade %in% grades[3:4], "yes", "no"))
}))))
events$action <- ifelse(events$serious == "yes" & runif(nrow(events)) < .5, "stopped", "none")
events$fatal <- ifelse(events$severity == "life_threatening" & events$term == "Pneumonia", "yes", "no")
dead <- which(events$term == "Pneumonia")[4]; events[dead, 4:7] <- c("life_threatening", "yes", "none", "yes")
blank <- which(events$term == "Rash")[c(2, 9)]; events$severity[blank] <- NA; events$serious[blank] <- "no"; events$action[blank] <- "none"
events <- events[order(events$id, match(events$term, term)), ]
write.csv(people, "harms-people.csv", row.names = FALSE, quote = FALSE)
write.csv(events, "harms-events.csv", row.names = FALSE, na = "")

out <- function(stem, ...) {
  v <- c(...)
  for (k in names(v)) cat(sprintf("%s.%s,%.17g,R %s\n", stem, k, v[[k]], getRversion()))
}
slug <- function(x) ifelse(grepl("^[A-Za-z0-9_-]+$", x), x, gsub("^_|_$", "", gsub("[^a-z0-9]+", "_", tolower(x))))
cat("statistic,value,r_version\n")
arm_of <- setNames(people$arm, people$id); size <- setNames(n, arms)
years <- tapply(people$days, people$arm, sum)[arms] / 365.25
wilson <- function(x, n) prop.test(x, n, correct = FALSE)$conf.int
told <- function(name, rows, who = unique(events$id[rows])) {
  x <- table(factor(arm_of[who], arms)); e <- table(factor(arm_of[events$id[rows]], arms)); stem <- paste0("harms.", name)
  for (a in arms) {
    r <- poisson.test(e[[a]], years[[a]])
    out(paste(stem, a, sep = "."), n = x[[a]], of = size[[a]], percent = 100 * x[[a]] / size[[a]], events = e[[a]],
      rate = 100 * unname(r$estimate), rate_ci_low = 100 * r$conf.int[1], rate_ci_high = 100 * r$conf.int[2])
    if (x[[a]] == 0) out(paste(stem, a, sep = "."),
      upper = 100 * binom.test(0, size[[a]], alternative = "less", conf.level = .975)$conf.int[2])
  }
  for (a in arms[-1]) {
    at <- paste0(stem, ".", a, "_vs_placebo"); p1 <- x[[a]] / size[[a]]; p0 <- x[["placebo"]] / size[["placebo"]]
    w1 <- suppressWarnings(wilson(x[[a]], size[[a]])); w0 <- suppressWarnings(wilson(x[["placebo"]], size[["placebo"]]))
    out(at, risk_difference = 100 * (p1 - p0), rd_ci_low = 100 * (p1 - p0 - sqrt((p1 - w1[1])^2 + (w0[2] - p0)^2)),
      rd_ci_high = 100 * (p1 - p0 + sqrt((w1[2] - p1)^2 + (p0 - w0[1])^2)))
    if (x[[a]] > 0 && x[["placebo"]] > 0) {
      se <- sqrt(1 / x[[a]] - 1 / size[[a]] + 1 / x[["placebo"]] - 1 / size[["placebo"]])
      out(at, risk_ratio = p1 / p0, rr_ci_low = exp(log(p1 / p0) - qnorm(.975) * se), rr_ci_high = exp(log(p1 / p0) + qnorm(.975) * se))
    }
    if (x[[a]] + x[["placebo"]] > 0)
      out(at, fisher_p = fisher.test(rbind(c(x[[a]], size[[a]] - x[[a]]), c(x[["placebo"]], size[["placebo"]] - x[["placebo"]])))$p.value)
    if (e[[a]] + e[["placebo"]] > 0) {
      r <- poisson.test(c(e[[a]], e[["placebo"]]), c(years[[a]], years[["placebo"]]))
      v <- c(rate.ratio = unname(r$estimate), rate.ci_low = r$conf.int[1], rate.ci_high = r$conf.int[2], rate.p = r$p.value)
      out(at, v[is.finite(v)])
    }
  }
}
told("any", rep(TRUE, nrow(events)))
for (a in arms) out(paste0("harms.any.", a), person_years = years[[a]])
for (t in term) told(slug(t), events$term == t)
for (k in unique(home)) told(paste0("class_", k), events$class == k)
worst <- tapply(match(events$severity, grades), events$id, function(g) if (all(is.na(g))) 0 else max(g, na.rm = TRUE))
for (g in seq_along(grades)) told(paste0("severity_", grades[g]), events$severity %in% grades[g], names(worst)[worst == g])
told("severity_unknown", is.na(events$severity), names(worst)[worst == 0])
told("serious", events$serious == "yes"); told("stopped", events$action == "stopped"); told("fatal", events$fatal == "yes")
