# R's numbers on cross-over trials, under the names of our statistics. The data are our own, invented: they stand in the
# texts below, from where tests/analysis/test_crossover_r.py takes them too. NA is a period that was not attended.
# Run: Rscript crossover.R > crossover.csv   (R >= 4 with survival)
suppressMessages(library(survival))
out <- function(.study, ...) {
  v <- c(...)
  for (k in names(v)) cat(sprintf("%s,%s,%.17g,R %s\n", .study, k, v[[k]], getRversion()))
}
named <- function(stem, ...) { v <- c(...); setNames(v, paste0(stem, ".", names(v))) }
cat("study,statistic,value,r_version\n")

# two treatments, two periods, ties, missing periods; y a score, e an event
abba <- read.csv(text = "id,sequence,y1,y2,e1,e2
p01,ab,6,4,1,0
p02,ab,7,7,1,1
p03,ab,5,3,1,0
p04,ab,8,NA,0,NA
p05,ab,6,5,0,0
p06,ab,9,4,1,0
p07,ab,7,5,0,1
p08,ab,5,4,1,0
p09,ab,NA,6,NA,1
p10,ab,7,6,1,0
p11,ba,4,6,0,1
p12,ba,5,5,0,0
p13,ba,3,7,0,1
p14,ba,6,8,1,1
p15,ba,NA,5,NA,1
p16,ba,4,5,1,0
p17,ba,5,9,0,1
p18,ba,6,NA,0,NA
p19,ba,4,4,0,1
")
# three treatments in three periods, all six sequences
latin <- read.csv(text = "id,sequence,y1,y2,y3,e1,e2,e3
q01,abc,12.1,10.4,15.2,1,0,1
q02,abc,11.3,9.8,14.1,1,0,1
q03,bca,9.9,13.7,12.2,0,1,1
q04,bca,8.7,13.2,NA,0,0,NA
q05,cab,14.8,11.6,10.3,1,1,0
q06,cab,15.5,12.9,9.1,1,0,1
q07,acb,12.6,14.4,10.9,0,1,0
q08,acb,13.0,NA,10.2,1,NA,0
q09,bac,9.4,11.1,13.9,1,0,1
q10,bac,10.8,12.0,15.1,0,1,0
q11,cba,14.2,9.7,11.4,1,0,0
q12,cba,NA,10.1,NA,NA,1,NA
")
long <- function(d) do.call(rbind, lapply(seq_len(nchar(d$sequence[1])), function(k) data.frame(
  id = d$id, sequence = d$sequence, period = factor(k), treatment = substr(d$sequence, k, k),
  y = d[[paste0("y", k)]], e = d[[paste0("e", k)]])))
all_in <- function(study, d, reference, arms) {
  l <- long(d); l$treatment <- relevel(factor(l$treatment), reference)
  for (k in levels(l$period)) for (g in arms) {
    x <- l$y[l$period == k & l$treatment == g]; b <- l$e[l$period == k & l$treatment == g]
    out(study, named(paste0("y.p", k, ".", g), n = sum(!is.na(x)), missing = sum(is.na(x)), mean = mean(x, na.rm = TRUE), sd = sd(x, na.rm = TRUE)))
    out(study, named(paste0("e.p", k, ".", g), n = sum(b, na.rm = TRUE), of = sum(!is.na(b))))
  }
  for (g in arms) {
    x <- l$y[l$treatment == g]; b <- l$e[l$treatment == g]; ci <- t.test(x)$conf.int
    out(study, named(paste0("y.", g), n = sum(!is.na(x)), mean = mean(x, na.rm = TRUE), sd = sd(x, na.rm = TRUE),
      median = median(x, na.rm = TRUE), mean_ci_low = ci[1], mean_ci_high = ci[2]))
    w <- prop.test(sum(b, na.rm = TRUE), sum(!is.na(b)), correct = FALSE)$conf.int
    out(study, named(paste0("e.", g), n = sum(b, na.rm = TRUE), of = sum(!is.na(b)), percent = 100 * mean(b, na.rm = TRUE),
      percent_ci_low = 100 * w[1], percent_ci_high = 100 * w[2]))
  }
  f <- lm(y ~ id + period + treatment, l); s <- summary(f)$coefficients; ci <- confint(f)
  for (g in setdiff(arms, reference)) {
    k <- paste0("treatment", g)
    out(study, named(paste0("y.", g, "_vs_", reference, ".within"), difference = s[k, 1], se = s[k, 2], ci_low = ci[k, 1], ci_high = ci[k, 2],
      statistic = s[k, 3], df = f$df.residual, p = s[k, 4]))
  }
  if (nlevels(l$period) == 2) {
    out(study, named("y.period", difference = s["period2", 1], se = s["period2", 2], ci_low = ci["period2", 1], ci_high = ci["period2", 2],
      statistic = s["period2", 3], df = f$df.residual, p = s["period2", 4]))
  } else {
    a <- anova(lm(y ~ id + treatment, l), f)
    out(study, named("y.period", statistic = a$F[2], df = a$Df[2], df_residual = f$df.residual, p = a$`Pr(>F)`[2]))
  }
  m <- clogit(e ~ treatment + period + strata(id), l, method = "exact", control = coxph.control(eps = 1e-12, toler.chol = 1e-14, iter.max = 50))
  s <- summary(m)$coefficients; ci <- exp(confint(m))
  for (g in setdiff(arms, reference)) {
    k <- paste0("treatment", g)
    out(study, named(paste0("e.", g, "_vs_", reference, ".conditional"), odds_ratio = s[k, 2], ci_low = ci[k, 1], ci_high = ci[k, 2],
      statistic = s[k, 4], p = s[k, 5]))
  }
  m0 <- clogit(e ~ treatment + strata(id), l, method = "exact", control = coxph.control(eps = 1e-12, toler.chol = 1e-14, iter.max = 50))
  x <- 2 * (m$loglik[2] - m0$loglik[2]); q <- nlevels(l$period) - 1
  out(study, named("e.period", statistic = x, df = q, p = pchisq(x, q, lower.tail = FALSE)))
  # risks in the same patients: Newcombe 1998 (paired), method 10, from its definition; McNemar exact
  w <- reshape(l[c("id", "treatment", "e")], idvar = "id", timevar = "treatment", direction = "wide")
  for (g in setdiff(arms, reference)) {
    a <- w[[paste0("e.", g)]]; b <- w[[paste0("e.", reference)]]; k <- !is.na(a) & !is.na(b); a <- a[k]; b <- b[k]; n <- sum(k)
    E <- sum(a & b); F <- sum(a & !b); G <- sum(!a & b); H <- sum(!a & !b)
    w1 <- prop.test(E + F, n, correct = FALSE)$conf.int; w2 <- prop.test(E + G, n, correct = FALSE)$conf.int
    p1 <- (E + F) / n; p2 <- (E + G) / n; B <- E * H - F * G
    C <- if (B > n / 2) B - n / 2 else if (B >= 0) 0 else B
    A <- (E + F) * (G + H) * (E + G) * (F + H); phi <- if (A > 0) C / sqrt(A) else 0
    lo <- sqrt((p1 - w1[1])^2 - 2 * phi * (p1 - w1[1]) * (w2[2] - p2) + (w2[2] - p2)^2)
    hi <- sqrt((w1[2] - p1)^2 - 2 * phi * (w1[2] - p1) * (p2 - w2[1]) + (p2 - w2[1])^2)
    out(study, named(paste0("e.", g, "_vs_", reference, ".paired"), both = E, first_only = F, second_only = G, neither = H, n = n,
      risk_difference = 100 * (p1 - p2), rd_ci_low = 100 * (p1 - p2 - lo), rd_ci_high = 100 * (p1 - p2 + hi),
      mcnemar_p = binom.test(F, F + G)$p.value))
  }
}
all_in("abba", abba, "b", c("a", "b"))
all_in("latin", latin, "b", c("a", "b", "c"))

# two sequences: carry-over from the sums, ranks of the differences (Koch 1972), Hills & Armitage's t, Mainland and Gart
s <- abba$y1 + abba$y2; d <- abba$y1 - abba$y2; first <- abba$sequence == "ab"
t <- t.test(s[first], s[!first], var.equal = TRUE)
out("abba", named("y.carryover", difference = unname(t$estimate[1] - t$estimate[2]), se = t$stderr, ci_low = t$conf.int[1],
  ci_high = t$conf.int[2], statistic = unname(t$statistic), df = unname(t$parameter), p = t$p.value))
w <- suppressWarnings(wilcox.test(d[first], d[!first], exact = FALSE, conf.int = TRUE))
out("abba", named("rank.a_vs_b.ranks", statistic = unname(w$statistic), p = w$p.value, shift_ci_low = w$conf.int[1] / 2,
  shift_ci_high = w$conf.int[2] / 2))
x <- na.omit(d[first]); z <- na.omit(d[!first])
out("abba", named("rank.a_vs_b.ranks", shift = median(outer(x, z, "-")) / 2))
h <- t.test(d[first], d[!first], var.equal = TRUE)
out("abba", named("hills_armitage", difference = unname(h$estimate[1] - h$estimate[2]) / 2, ci_low = h$conf.int[1] / 2,
  ci_high = h$conf.int[2] / 2, statistic = unname(h$statistic), df = unname(h$parameter), p = h$p.value))
e <- abba$e1 - abba$e2; tab <- rbind(c(sum(e[first] == 1, na.rm = TRUE), sum(e[first] == -1, na.rm = TRUE)),
  c(sum(e[!first] == 1, na.rm = TRUE), sum(e[!first] == -1, na.rm = TRUE)))
out("abba", c(e.discordant.ab.n = tab[1, 1], e.discordant.ab.of = sum(tab[1, ]), e.discordant.ba.n = tab[2, 1],
  e.discordant.ba.of = sum(tab[2, ]), e.a_vs_b.mainland_gart.p = fisher.test(tab)$p.value))
