# R's numbers on small data sets that tests/analysis/test_small_r.py holds too.
# Run: Rscript small.R > small.csv   (R >= 4, packages stats and MASS, which is one of R's recommended packages)
suppressMessages(library(MASS))
out <- function(.set, ...) {
  v <- c(...)
  for (k in names(v)) cat(sprintf("%s,%s,%.17g,R %s\n", .set, k, v[[k]], getRversion()))
}
cat("set,quantity,value,r_version\n")

# two groups of EDSS-like scores, with ties, and their baseline
a0 <- c(4, 3.5, 5, 6, 2, 4.5, 3, 4, 6.5, 5.5, 3.5, 4)
a1 <- c(3, 3, 4.5, 6, 1.5, 3, 2.5, 3.5, 5.5, 5.5, 2, 3)
b0 <- c(4.5, 3, 5.5, 6, 2.5, 4, 3.5, 4, 6, 5, 3)
b1 <- c(4, 3, 5.5, 5, 2, 4, 3, 4.5, 5.5, 4.5, 3)
w <- t.test(a1, b1)
out("welch", difference = mean(a1) - mean(b1), se = w$stderr, ci_low = w$conf.int[1], ci_high = w$conf.int[2],
    statistic = unname(w$statistic), df = unname(w$parameter), p = w$p.value)
w <- t.test(a1, b1, conf.level = 0.9)
out("welch90", ci_low = w$conf.int[1], ci_high = w$conf.int[2])
w <- t.test(a1, b1, var.equal = TRUE)
out("student", se = w$stderr, ci_low = w$conf.int[1], ci_high = w$conf.int[2], statistic = unname(w$statistic),
    df = unname(w$parameter), p = w$p.value)
w <- t.test(a1, a0, paired = TRUE)
out("paired", difference = unname(w$estimate), ci_low = w$conf.int[1], ci_high = w$conf.int[2],
    statistic = unname(w$statistic), df = unname(w$parameter), p = w$p.value)
w <- suppressWarnings(wilcox.test(a1, a0, paired = TRUE, exact = FALSE))
out("signed_rank", statistic = unname(w$statistic), p = w$p.value)
w <- suppressWarnings(wilcox.test(b1, b0, paired = TRUE))
out("signed_rank_b", statistic = unname(w$statistic), p = w$p.value)
w <- suppressWarnings(wilcox.test(a1, b1, conf.int = TRUE))
out("mann_whitney", statistic = unname(w$statistic), p = w$p.value, shift = median(outer(a1, b1, "-")),
    shift_ci_low = w$conf.int[1], shift_ci_high = w$conf.int[2])
set <- quantile(a1, c(.25, .5, .75))
out("quantiles", q1 = unname(set[1]), median = unname(set[2]), q3 = unname(set[3]), sd = sd(a1))

y <- c(b1, a1); g <- rep(0:1, c(11, 12)); x <- c(b0, a0)
f <- lm(y ~ g + x); s <- summary(f)$coefficients["g", ]; ci <- confint(f)["g", ]
out("ancova", difference = unname(s[1]), se = unname(s[2]), statistic = unname(s[3]), p = unname(s[4]), df = f$df.residual,
    ci_low = unname(ci[1]), ci_high = unname(ci[2]))
y3 <- c(y, a1 - 1, 7); g3 <- factor(c(g, rep(2, 13))); x3 <- c(x, rev(a0), 6)
f <- lm(y3 ~ g3 + x3); s <- summary(f)$coefficients; ci <- confint(f)
out("ancova3", d1 = s["g31", 1], se1 = s["g31", 2], d2 = s["g32", 1], p2 = s["g32", 4], low2 = ci["g32", 1])

# counts with person-time
ya <- c(0, 0, 1, 0, 3, 0, 0, 1, 0, 5, 0, 0, 0, 2, 0)
ta <- c(1, 1, 1, .8, 1, 1, .5, 1, 1, 1, 1, .9, 1, 1, 1)
yb <- c(1, 0, 2, 4, 0, 0, 1, 0, 6, 1, 0, 2, 0, 0, 3, 1)
tb <- c(1, 1, 1, 1, .4, 1, 1, 1, 1, .7, 1, 1, 1, 1, 1, .6)
y <- c(yb, ya); t <- c(tb, ta); g <- rep(0:1, c(16, 15))
f <- glm.nb(y ~ g + offset(log(t)), control = glm.control(epsilon = 1e-14, maxit = 500))
s <- summary(f)$coefficients["g", ]
out("negative_binomial", log_ratio = unname(s[1]), se = unname(s[2]), p = unname(s[4]), dispersion = 1 / f$theta,
    log_likelihood = as.numeric(logLik(f)))
f <- glm(y ~ g + offset(log(t)), family = poisson, control = glm.control(epsilon = 1e-14, maxit = 100))
X <- model.matrix(f); mu <- fitted(f); B <- solve(t(X) %*% (X * mu)); M <- t(X) %*% (X * (y - mu)^2)
out("poisson_robust", log_ratio = unname(coef(f)[2]), se = sqrt((B %*% M %*% B)[2, 2]))
w <- poisson.test(sum(ya), sum(ta))
out("poisson_rate", rate = unname(w$estimate), ci_low = w$conf.int[1], ci_high = w$conf.int[2])
w <- poisson.test(0, 12.5)
out("poisson_rate_0", rate = 0, ci_high = w$conf.int[2])
w <- poisson.test(c(12, 21), c(14.2, 14.7))
out("exact_ratio", ratio = unname(w$estimate), ci_low = w$conf.int[1], ci_high = w$conf.int[2], p = w$p.value)
w <- poisson.test(c(0, 7), c(14.2, 14.7))
out("exact_ratio_0", ratio = 0, ci_high = w$conf.int[2], p = w$p.value)
w <- poisson.test(c(5, 0), c(14.2, 14.7))
out("exact_ratio_inf", ci_low = w$conf.int[1], p = w$p.value)

# proportions
w <- prop.test(4, 30, correct = FALSE); out("wilson", ci_low = w$conf.int[1], ci_high = w$conf.int[2])
w <- suppressWarnings(prop.test(0, 30, correct = FALSE)); out("wilson_0", ci_high = w$conf.int[2])
w <- binom.test(4, 30); out("clopper_pearson", ci_low = w$conf.int[1], ci_high = w$conf.int[2])
w <- binom.test(30, 30); out("clopper_pearson_all", ci_low = w$conf.int[1])
newcombe <- function(x1, n1, x2, n2) {
  a <- suppressWarnings(prop.test(x1, n1, correct = FALSE))$conf.int
  b <- suppressWarnings(prop.test(x2, n2, correct = FALSE))$conf.int
  p <- x1 / n1; q <- x2 / n2
  c(difference = p - q, ci_low = p - q - sqrt((p - a[1])^2 + (b[2] - q)^2), ci_high = p - q + sqrt((a[2] - p)^2 + (q - b[1])^2))
}
# Newcombe 1998, table II: 56/70 - 48/80, 0/10 - 0/20, 10/10 - 0/20 (his printed limits are the test's second witness)
out("newcombe_a", newcombe(56, 70, 48, 80))
out("newcombe_h", newcombe(10, 10, 0, 20))
out("newcombe_0", newcombe(0, 30, 4, 30))
w <- fisher.test(rbind(c(4, 26), c(9, 20))); out("fisher", p = w$p.value)
w <- fisher.test(rbind(c(0, 30), c(4, 26))); out("fisher_0", p = w$p.value)
w <- suppressWarnings(chisq.test(rbind(c(4, 26), c(9, 20)), correct = FALSE))
out("chi_square", statistic = unname(w$statistic), p = w$p.value)
w <- suppressWarnings(chisq.test(rbind(c(4, 12, 14), c(9, 8, 12)), correct = FALSE))
out("chi_square_3", statistic = unname(w$statistic), df = unname(w$parameter), p = w$p.value)

# score interval of a ratio (Koopman 1984) by uniroot on the constrained maximum likelihood
koopman <- function(x1, n1, x2, n2, phi) {
  ll <- function(p2) -(dbinom(x1, n1, min(1, phi * p2), log = TRUE) + dbinom(x2, n2, p2, log = TRUE))
  p2 <- optimize(ll, c(1e-12, min(1, 1 / phi) - 1e-12), tol = 1e-14)$minimum; p1 <- phi * p2
  (x1 - n1 * p1)^2 / (n1 * p1 * (1 - p1)) + (x2 - n2 * p2)^2 / (n2 * p2 * (1 - p2)) - qchisq(.95, 1)
}
out("koopman_0", ci_high = uniroot(function(r) koopman(0, 30, 4, 30, r), c(.05, 20), tol = 1e-12)$root)
out("koopman_inf", ci_low = uniroot(function(r) koopman(5, 30, 0, 29, r), c(.05, 20), tol = 1e-12)$root)

# standardised mean differences, by their definitions (stddiff uses the same; it is not in Debian)
d <- (mean(a0) - mean(b0)) / sqrt((var(a0) + var(b0)) / 2); se <- sqrt(23 / (12 * 11) + d^2 / (2 * 23))
out("smd", smd = d, smd_ci_low = d - qnorm(.975) * se, smd_ci_high = d + qnorm(.975) * se)
p <- 25 / 30; q <- 27 / 29; d <- (p - q) / sqrt((p * (1 - p) + q * (1 - q)) / 2); se <- sqrt(59 / (30 * 29) + d^2 / (2 * 59))
out("smd_binary", smd = d, smd_ci_low = d - qnorm(.975) * se, smd_ci_high = d + qnorm(.975) * se)
p <- c(4, 12, 14) / 30; q <- c(9, 8, 12) / 29
S <- function(p) diag(p[-1]) - outer(p[-1], p[-1])
out("smd_3", smd = sqrt(mahalanobis(p[-1], q[-1], (S(p) + S(q)) / 2)))
