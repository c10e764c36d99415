# Rubin's rules by R's mice, on data sets that mice completed; tests/analysis/test_imputation.py pools them again.
# Run in this folder: Rscript imputation.R > imputation.csv   (R >= 4, mice); it writes imputation-sets.csv too, whose
# patients are random (none is real).
suppressMessages(library(mice))
set.seed(31)
n <- 60; arm <- rep(0:1, each = n / 2)
before <- round(rnorm(n, 50, 10)); after <- round(before + 6 + 5 * arm + rnorm(n, 0, 8))
healed <- rbinom(n, 1, plogis(-0.5 + 0.9 * arm + (after - 58) / 15))
after[runif(n) < plogis((before - 55) / 6)] <- NA; healed[sample(n, 9)] <- NA
people <- data.frame(arm, before, after, healed = factor(healed))
sets <- mice(people, m = 7, maxit = 10, method = c("", "", "pmm", "logreg"), seed = 4, printFlag = FALSE)
long <- complete(sets, "long"); long$healed <- as.integer(as.character(long$healed))
write.csv(long[c(".imp", "arm", "before", "after", "healed")], "imputation-sets.csv", row.names = FALSE, quote = FALSE)
version <- sprintf("R %s, mice %s", getRversion(), packageVersion("mice"))
out <- function(stem, ...) { v <- c(...); for (k in names(v)) cat(sprintf("%s.%s,%.17g,\"%s\"\n", stem, k, v[[k]], version)) }
cat("statistic,value,version\n")
told <- function(stem, fit, term) {
  pooled <- pool(fit); s <- summary(pooled, conf.int = TRUE); i <- which(s$term == term)
  out(stem, estimate = s$estimate[i], se = s$std.error[i], ci_low = s[["2.5 %"]][i], ci_high = s[["97.5 %"]][i],
    statistic = s$statistic[i], df = s$df[i], p = s$p.value[i], fmi = pooled$pooled$fmi[i])
}
told("adjusted", with(sets, lm(after ~ arm + before)), "arm")
told("plain", with(sets, lm(after ~ arm)), "arm")
told("odds", with(sets, glm(healed ~ arm, family = binomial)), "arm")
q <- sapply(split(long, long$.imp), function(d) mean(d$healed[d$arm == 1]) - mean(d$healed[d$arm == 0]))
u <- sapply(split(long, long$.imp), function(d) sum(tapply(d$healed, d$arm, function(x) mean(x) * (1 - mean(x)) / length(x))))
for (size in c(n, Inf)) {
  s <- pool.scalar(q, u, n = size, k = 2)
  out(if (is.finite(size)) "risk" else "risk_large", estimate = s$qbar, se = sqrt(s$t), df = s$df, fmi = s$fmi)
}
