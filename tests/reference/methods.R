# R's numbers for the methods that tests/analysis/test_methods_r.py compares; data sets of R itself, survival and MASS.
# Run: Rscript methods.R > methods.csv   (R >= 4, packages stats, survival and MASS, which come with R)
suppressMessages({library(MASS); library(survival)})
out <- function(.set, ...) {
  v <- c(...)
  for (k in names(v)) cat(sprintf("%s,%s,%.17g,R %s\n", .set, k, v[[k]], getRversion()))
}
cat("set,quantity,value,r_version\n")
fine <- glm.control(epsilon = 1e-15, maxit = 100)
wald <- function(est, se) c(log_estimate = est, se = se, estimate = exp(est), ci_low = exp(est - qnorm(.975) * se),
                            ci_high = exp(est + qnorm(.975) * se), statistic = est / se, p = 2 * pnorm(-abs(est / se)))

# Miettinen & Nurminen 1985: the constrained maximum found as the root of the likelihood's slope, the limits by uniroot
root <- function(f, a, b) uniroot(f, c(a, b), tol = 1e-15, maxiter = 1e5)$root
slope <- function(x, n, p) (if (x > 0) x / p else 0) - (if (x < n) (n - x) / (1 - p) else 0)
mn_difference <- function(x1, n1, x2, n2, d) {
  lo <- max(0, -d); hi <- min(1, 1 - d); eps <- 1e-13 * (hi - lo)
  g <- function(p) slope(x1, n1, p + d) + slope(x2, n2, p)
  p2 <- if (g(lo + eps) <= 0) lo else if (g(hi - eps) >= 0) hi else root(g, lo + eps, hi - eps)
  p1 <- p2 + d; N <- n1 + n2
  (x1 / n1 - x2 / n2 - d) / sqrt((p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2) * N / (N - 1))
}
mn_ratio <- function(x1, n1, x2, n2, r) {
  hi <- min(1, 1 / r); eps <- 1e-13 * hi
  g <- function(p) r * slope(x1, n1, r * p) + slope(x2, n2, p)
  p2 <- if (g(hi - eps) >= 0) hi else root(g, eps, hi - eps)
  p1 <- r * p2; N <- n1 + n2
  (x1 / n1 - r * x2 / n2) / sqrt((p1 * (1 - p1) / n1 + r^2 * p2 * (1 - p2) / n2) * N / (N - 1))
}
z <- qnorm(.975)
for (s in list(list("mn_a", 56, 70, 48, 80), list("mn_b", 9, 10, 3, 10), list("mn_c", 4, 30, 9, 29))) {
  c4 <- unlist(s[-1]); d <- c4[1] / c4[2] - c4[3] / c4[4]; r <- (c4[1] / c4[2]) / (c4[3] / c4[4])
  fd <- function(x) mn_difference(c4[1], c4[2], c4[3], c4[4], x); fr <- function(x) mn_ratio(c4[1], c4[2], c4[3], c4[4], exp(x))
  out(paste0(s[[1]], "_difference"), estimate = d, ci_low = root(function(x) fd(x) - z, -1 + 1e-9, d),
      ci_high = root(function(x) fd(x) + z, d, 1 - 1e-9), statistic = fd(0), p = 2 * pnorm(-abs(fd(0))))
  out(paste0(s[[1]], "_ratio"), estimate = r, ci_low = exp(root(function(x) fr(x) - z, -9, log(r))),
      ci_high = exp(root(function(x) fr(x) + z, log(r), 9)), statistic = fr(0))
}
out("mn_0_difference", ci_low = root(function(x) mn_difference(0, 10, 0, 20, x) - z, -1 + 1e-9, -1e-9),
    ci_high = root(function(x) mn_difference(0, 10, 0, 20, x) + z, 1e-9, 1 - 1e-9))
out("mn_0_ratio", ci_high = exp(root(function(x) mn_ratio(0, 30, 4, 30, exp(x)) + z, -9, 9)))

# stratified: low birth weight by smoking, stratified by race
t3 <- with(birthwt, table(smoke = factor(smoke, c(1, 0)), low = factor(low, c(1, 0)), race))
w <- mantelhaen.test(t3, correct = FALSE)
out("cmh", statistic = unname(w$statistic), p = w$p.value, odds_ratio = unname(w$estimate), ci_low = w$conf.int[1], ci_high = w$conf.int[2])
w <- mantelhaen.test(t3, correct = TRUE); out("cmh_corrected", statistic = unname(w$statistic), p = w$p.value)
a <- t3[1, 1, ]; n1 <- colSums(t3[1, , ]); b <- t3[2, 1, ]; n0 <- colSums(t3[2, , ]); N <- n1 + n0
rr <- sum(a * n0 / N) / sum(b * n1 / N)  # Greenland & Robins 1985
se <- sqrt(sum((n1 * n0 * (a + b) - a * b * N) / N^2) / (sum(a * n0 / N) * sum(b * n1 / N)))
out("mh_ratio", estimate = rr, ci_low = rr * exp(-z * se), ci_high = rr * exp(z * se))
W <- n1 * n0 / N; p1 <- a / n1; p0 <- b / n0; rd <- weighted.mean(p1 - p0, W)
se <- sqrt(sum(W^2 * (p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0))) / sum(W)
out("mh_difference", estimate = rd, ci_low = rd - z * se, ci_high = rd + z * se)

# regression of a binary outcome, adjusted
f <- glm(low ~ smoke + age + lwt, binomial, birthwt, control = fine); s <- summary(f)$coefficients["smoke", ]
out("logistic", wald(unname(s[1]), unname(s[2])), log_likelihood = as.numeric(logLik(f)))
f <- glm(low ~ smoke + age + lwt, poisson, birthwt, control = fine)
X <- model.matrix(f); mu <- fitted(f); B <- solve(crossprod(X, X * mu)); M <- crossprod(X * (birthwt$low - mu))
out("modified_poisson", wald(unname(coef(f)["smoke"]), sqrt((B %*% M %*% B)["smoke", "smoke"])))
f <- glm(y ~ trt + log(base), poisson, transform(epil, trt = as.integer(trt == "progabide")), control = fine)
s <- summary(f)$coefficients["trt", ]; out("poisson", wald(unname(s[1]), unname(s[2])))

# survival: veterans' lung cancer trial
v <- transform(veteran, trt2 = as.integer(trt == 2))
for (g in 1:2) {
  f <- survfit(Surv(time, status) ~ 1, v[v$trt == g, ], conf.type = "log-log"); q <- quantile(f, .5)
  s <- summary(f, times = c(30, 100, 200)); m <- summary(f, rmean = 365)$table
  out(paste0("km_", g), median = unname(q$quantile), ci_low = unname(q$lower), ci_high = unname(q$upper),
      s30 = s$surv[1], s30_low = s$lower[1], s30_high = s$upper[1], s100 = s$surv[2], s100_low = s$lower[2],
      s200_high = s$upper[3], risk100 = s$n.risk[2], se100 = s$std.err[2], rmst = unname(m["rmean"]), rmst_se = unname(m["se(rmean)"]))
}
steps <- list(flat = list(c(1, 2, 3, 4, 5, 6), c(1, 1, 1, 1, 1, 1)), plateau = list(c(1, 2, 3, 4, 5, 6), c(1, 1, 1, 0, 0, 0)),
              ties = list(c(5, 5, 5, 7, 7, 9, 9, 9, 12, 15, 15, 20), c(1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 0, 0)),
              censored = list(c(2, 4, 4, 6, 8, 9, 11, 13), c(1, 1, 0, 1, 0, 1, 0, 1)))
for (k in names(steps)) {
  f <- survfit(Surv(steps[[k]][[1]], steps[[k]][[2]]) ~ 1, conf.type = "log-log"); q <- quantile(f, .5)
  out(paste0("median_", k), median = unname(q$quantile), ci_low = unname(q$lower), ci_high = unname(q$upper))
}
w <- survdiff(Surv(time, status) ~ trt, v); out("logrank", statistic = w$chisq, p = pchisq(w$chisq, 1, lower.tail = FALSE))
w <- survdiff(Surv(time, status) ~ celltype, v); out("logrank_4", statistic = w$chisq, p = pchisq(w$chisq, 3, lower.tail = FALSE))
w <- survdiff(Surv(time, status) ~ trt + strata(celltype), v)
out("logrank_stratified", statistic = w$chisq, p = pchisq(w$chisq, 1, lower.tail = FALSE))
steady <- coxph.control(eps = 1e-14, iter.max = 100)
cox <- function(.set, f, zph) {
  s <- summary(f)$coefficients["trt2", ]
  out(.set, wald(unname(s[1]), unname(s[3])), likelihood_ratio = 2 * diff(f$loglik), zph = zph$table["trt2", "chisq"],
      zph_p = zph$table["trt2", "p"])
  if (nrow(zph$table) > 1) out(.set, zph_global = zph$table["GLOBAL", "chisq"])
}
f <- coxph(Surv(time, status) ~ trt2, v, ties = "efron", control = steady); cox("cox", f, cox.zph(f))
f <- coxph(Surv(time, status) ~ trt2 + karno + age, v, ties = "efron", control = steady); cox("cox_adjusted", f, cox.zph(f))
f <- coxph(Surv(time, status) ~ trt2 + karno + strata(celltype), v, ties = "efron", control = steady)
cox("cox_stratified", f, cox.zph(f))

# ordinal: doctor's visits (none, one, more) by smoking; polr's estimates improved by Newton's method on its likelihood
y <- pmin(birthwt$ftv, 2); x <- cbind(birthwt$smoke, birthwt$age / 10)
polish <- function(x, start) {
  parts <- function(b) {
    k <- ncol(x); eta <- as.vector(x %*% b[seq_len(k)]); upper <- c(b[k + 1:2], Inf)[y + 1] - eta; lower <- c(-Inf, b[k + 1:2])[y + 1] - eta
    p <- plogis(upper) - plogis(lower); du <- dlogis(upper); dl <- dlogis(lower)
    U <- cbind(-x, y == 0, y == 1); L <- cbind(-x, y == 1, y == 2)
    S <- (U * du - L * dl) / p; hu <- du * (1 - 2 * plogis(upper)); hl <- dl * (1 - 2 * plogis(lower))
    list(score = colSums(S), information = crossprod(S) - crossprod(U, U * (hu / p)) + crossprod(L, L * (hl / p)), value = sum(log(p)))
  }
  for (i in 1:50) { now <- parts(start); start <- start + solve(now$information, now$score) }
  list(b = start, se = sqrt(diag(solve(parts(start)$information))), value = parts(start)$value)
}
f <- polr(factor(y) ~ x); n <- polish(x, c(coef(f), f$zeta)); out("ordinal", wald(n$b[[1]], n$se[[1]]), log_likelihood = n$value)
stopifnot(abs(n$b[[1]] - coef(f)[[1]]) < 1e-4)
f <- polr(factor(y) ~ x[, 1]); n <- polish(x[, 1, drop = FALSE], c(coef(f), f$zeta))
t2 <- table(x[, 1], y); free <- sum(t2 * log(t2 / rowSums(t2)))
out("ordinal_check", log_estimate = n$b[[1]], statistic = 2 * (free - n$value), p = pchisq(2 * (free - n$value), 1, lower.tail = FALSE))
# probability of superiority by placements (Brunner & Munzel 2000)
A <- y[birthwt$smoke == 1]; B <- y[birthwt$smoke == 0]; C <- outer(A, B, ">") + outer(A, B, "==") / 2
va <- var(rowMeans(C)) / length(A); vb <- var(colMeans(C)) / length(B)
df <- (va + vb)^2 / (va^2 / (length(A) - 1) + vb^2 / (length(B) - 1)); t <- (mean(C) - .5) / sqrt(va + vb)
out("superiority", superiority = mean(C), ci_low = mean(C) - qt(.975, df) * sqrt(va + vb), ci_high = mean(C) + qt(.975, df) * sqrt(va + vb),
    statistic = t, df = df, p = 2 * pt(-abs(t), df))

# logarithmic scale, several groups
w <- t.test(log(lwt) ~ factor(smoke, c(1, 0)), birthwt)
out("geometric", ratio = exp(unname(w$estimate[1] - w$estimate[2])), ci_low = exp(w$conf.int[1]), ci_high = exp(w$conf.int[2]), p = w$p.value,
    df = unname(w$parameter))
p <- c(.01, .04, .03, .005, .5, .04)
h <- p.adjust(p, "holm"); names(h) <- paste0("p", 1:6); out("holm", h)
w <- aov(weight ~ group, PlantGrowth); s <- summary.lm(w)$coefficients
within <- function(c, lambda, df) {  # P(all |T| < c): Dunnett 1955, by integrate
  inner <- Vectorize(function(s) integrate(function(u) dnorm(u) * Reduce(`*`, lapply(lambda, function(l)
    pnorm((l * u + c * s) / sqrt(1 - l^2)) - pnorm((l * u - c * s) / sqrt(1 - l^2)))), -9, 9, rel.tol = 1e-12, subdivisions = 500)$value)
  integrate(function(s) inner(s) * 2 * df * s * dchisq(df * s^2, df), 0, 5, rel.tol = 1e-12, subdivisions = 500)$value
}
l <- sqrt(c(.5, .5)); crit <- uniroot(function(c) within(c, l, 27) - .95, c(1.9, 3), tol = 1e-12)$root
out("dunnett", d1 = s[2, 1], p1 = 1 - within(abs(s[2, 3]), l, 27), p2 = 1 - within(abs(s[3, 3]), l, 27), low2 = s[3, 1] - crit * s[3, 2],
    high2 = s[3, 1] + crit * s[3, 2])
few <- PlantGrowth[c(1:7, 11:20, 21:25), ]; w <- lm(weight ~ group, few); s <- summary(w)$coefficients; l <- sqrt(c(10 / 17, 5 / 12))
crit <- uniroot(function(c) within(c, l, w$df.residual) - .95, c(1.9, 3), tol = 1e-12)$root
out("dunnett_unequal", p1 = 1 - within(abs(s[2, 3]), l, w$df.residual), low2 = s[3, 1] - crit * s[3, 2])
w <- oneway.test(weight ~ group, PlantGrowth); out("welch_anova", statistic = unname(w$statistic), df2 = unname(w$parameter[2]), p = w$p.value)
w <- kruskal.test(weight ~ group, PlantGrowth); out("kruskal", statistic = unname(w$statistic), p = w$p.value)
