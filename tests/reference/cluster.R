# R's numbers on trials of clusters: pupils of schools (nlme::MathAchieve) and two-week periods of patients (MASS::epil) as
# the members of clusters. Some values are taken away, so that clusters are unequal; names are those of our statistics.
# The studies of the same data are made by tests/analysis/test_cluster_r.py.
# Run: Rscript cluster.R > cluster.csv   (R >= 4 with its recommended packages)
suppressMessages({library(nlme); library(MASS)})
out <- function(.study, ...) {
  v <- c(...)
  for (k in names(v)) cat(sprintf("%s,%s,%.17g,R %s\n", .study, k, v[[k]], getRversion()))
}
named <- function(stem, ...) { v <- c(...); setNames(v, paste0(stem, ".", names(v))) }
cat("study,statistic,value,r_version\n")

# sandwich::vcovCL(fit, cluster, type = "HC1") by definition; Debian has no sandwich here
vcl <- function(fit, cluster) {
  x <- model.matrix(fit); u <- residuals(fit, "response"); bread <- summary(fit)$cov.unscaled
  g <- length(unique(cluster)); n <- nrow(x); k <- ncol(x)
  bread %*% crossprod(rowsum(x * u, as.character(cluster))) %*% bread * g / (g - 1) * (n - 1) / (n - k)
}
t_of <- function(b, se, df, se_too = TRUE) {
  h <- qt(.975, df) * se
  v <- c(difference = b, se = se, ci_low = b - h, ci_high = b + h, statistic = b / se, df = df, p = 2 * pt(-abs(b / se), df))
  if (se_too) v else v[-2]
}
control <- lmeControl(msTol = 1e-14, tolerance = 1e-12, msMaxIter = 1000, maxIter = 1000, niterEM = 200, opt = "nlminb")
mixed <- function(formula, data, term, se_too = TRUE) {
  f <- lme(formula, random = ~ 1 | school, data = data, na.action = na.omit, control = control)
  s <- summary(f)$tTable[term, ]
  t_of(s[["Value"]], s[["Std.Error"]], s[["DF"]], se_too)
}
robust <- function(formula, data, term, se_too = TRUE) {
  f <- lm(formula, data); cl <- data[rownames(model.matrix(f)), "school"]
  t_of(coef(f)[[term]], sqrt(vcl(f, cl)[term, term]), length(unique(cl)) - 1, se_too)
}
icc_of <- function(y, arm, cluster, interval = TRUE) {
  ok <- !is.na(y); y <- y[ok]; arm <- factor(arm[ok]); cluster <- factor(as.character(cluster[ok]))
  inside <- anova(lm(y ~ cluster)); groups <- anova(lm(y ~ arm))
  k <- nlevels(cluster) - nlevels(arm); w <- length(y) - nlevels(cluster)
  msw <- inside["Residuals", "Sum Sq"] / w; msb <- (groups["Residuals", "Sum Sq"] - inside["Residuals", "Sum Sq"]) / k
  size <- table(cluster); home <- tapply(as.character(arm), cluster, `[`, 1)
  m <- (length(y) - sum(size^2 / table(arm)[home])) / k
  f <- msb / msw; low <- f / qf(.975, k, w); high <- f / qf(.025, k, w)
  v <- c(icc = (msb - msw) / (msb + (m - 1) * msw))
  if (interval) v <- c(v, icc_ci_low = (low - 1) / (low + m - 1), icc_ci_high = (high - 1) / (high + m - 1))
  v
}

d <- as.data.frame(MathAchieve)
d$school <- as.character(d$School)
where <- match(d$school, as.character(MathAchSchool$School))
d$sector <- as.character(MathAchSchool$Sector[where]); d$size <- as.numeric(MathAchSchool$Size[where])
d <- d[d$school %in% sort(unique(d$school))[1:60], ]
d$row <- seq_len(nrow(d)); rownames(d) <- d$row
d$new <- as.numeric(d$sector == "Catholic")
d$start <- ifelse(d$row %% 13 == 0, NA, d$SES); d$end <- ifelse(d$row %% 11 == 0, NA, d$MathAch)
d$female <- as.numeric(d$Sex == "Female")
d$high <- as.numeric(d$end > 15)
number <- match(d$school, sort(unique(d$school)))
d$third <- factor(paste0("a", number %% 3))
C <- "new_vs_old"
for (how in c("mixed", "robust")) {
  go <- get(how)
  out(how, named(paste0("score.start.", C), go(start ~ new, d, "new", FALSE)), named(paste0("score.end.", C), go(end ~ new, d, "new", FALSE)),
    named(paste0("score.end.", C, ".adjusted"), go(end ~ new + start, d, "new")),
    named(paste0("further.end.", C, ".adjusted"), go(end ~ new + start + female + size, d, "new")))
  for (arm in c("a1", "a2")) {
    e <- transform(d, third = relevel(third, "a0"))
    out(paste0(how, "_three"), named(paste0("score.end.", arm, "_vs_a0"), go(end ~ third, e, paste0("third", arm), FALSE)))
  }
}
e <- d[!is.na(d$end), ]
a <- anova(lme(end ~ third, random = ~ 1 | school, data = e, control = control))["third", ]
out("mixed_three", named("score.end.global", statistic = a[["F-value"]], df = a[["denDF"]], p = a[["p-value"]]))
f <- lm(end ~ third, e); v <- vcl(f, e$school)[2:3, 2:3]; b <- coef(f)[2:3]; g <- length(unique(e$school))
w <- drop(b %*% solve(v, b)) / 2
out("robust_three", named("score.end.global", statistic = w, df = g - 1, p = pf(w, 2, g - 1, lower.tail = FALSE)))
out("mixed", named("score.end", icc_of(d$end, d$sector, d$school)), named("high.end", icc_of(d$high, d$sector, d$school, FALSE)))
for (g in c("new", "old")) {
  e <- d[d$new == (g == "new"), ]
  f <- lm(end ~ 1, e); cl <- e[rownames(model.matrix(f)), "school"]
  one <- t_of(coef(f)[[1]], sqrt(vcl(f, cl)[1, 1]), length(unique(cl)) - 1)
  out("mixed", named(paste0("score.end.", g), mean = one[["difference"]], mean_ci_low = one[["ci_low"]], mean_ci_high = one[["ci_high"]],
    clusters = length(unique(cl))))
  f <- lm(I(end - start) ~ 1, e); cl <- e[rownames(model.matrix(f)), "school"]
  one <- t_of(coef(f)[[1]], sqrt(vcl(f, cl)[1, 1]), length(unique(cl)) - 1)
  out("mixed", named(paste0("score.change_end.", g), mean = one[["difference"]], one[c("ci_low", "ci_high", "statistic", "df", "p")]))
  out("mixed", named(paste0("flow.", g), clusters = length(unique(e$school)), cluster_size.mean = mean(table(e$school)),
    cluster_size.min = min(table(e$school)), cluster_size.max = max(table(e$school))))
  f <- lm(high ~ 1, e); cl <- e[rownames(model.matrix(f)), "school"]; p <- coef(f)[[1]]
  half <- qt(.975, length(unique(cl)) - 1) * sqrt(vcl(f, cl)[1, 1]) / (p * (1 - p))
  out("mixed", named(paste0("high.end.", g), percent = 100 * p, percent_ci_low = 100 * plogis(qlogis(p) - half), percent_ci_high = 100 * plogis(qlogis(p) + half)))
}

# a binary outcome
tight <- glm.control(epsilon = 1e-15, maxit = 100)
ratio_of <- function(fit, cluster, term, noun, prefix) {
  b <- coef(fit)[[term]]; se <- sqrt(vcl(fit, cluster)[term, term]); df <- length(unique(cluster)) - 1; h <- qt(.975, df) * se
  v <- c(exp(b), exp(b - h), exp(b + h), b / se, df, 2 * pt(-abs(b / se), df))
  setNames(v, c(noun, paste0(prefix, "ci_low"), paste0(prefix, "ci_high"), "statistic", "df", "p"))
}
e <- d[!is.na(d$high), ]
r <- robust(high ~ new, e, "new")
out("mixed", named(paste0("high.end.", C), risk_difference = 100 * r[["difference"]], rd_ci_low = 100 * r[["ci_low"]],
  rd_ci_high = 100 * r[["ci_high"]], statistic = r[["statistic"]], df = r[["df"]], p = r[["p"]]))
f <- glm(high ~ new, poisson, e, control = tight)
out("mixed", named(paste0("high.end.", C), ratio_of(f, e$school, "new", "risk_ratio", "rr_")[1:3]))
f <- glm(high ~ new, binomial, e, control = tight)
out("mixed", named(paste0("high.end.", C), ratio_of(f, e$school, "new", "odds_ratio", "or_")[1:3]))
f <- glm(high ~ new + female + size, binomial, e, control = tight)
out("mixed", named(paste0("high.end.", C, ".adjusted"), ratio_of(f, e$school, "new", "odds_ratio", "")))

# counts: periods of patients, followed for different times
e <- epil; e$school <- e$subject; e$row <- seq_len(nrow(e)); e <- e[e$row %% 9 != 0, ]; rownames(e) <- e$row
e$new <- as.numeric(e$trt == "progabide"); e$days <- ifelse(e$row %% 5 == 0, 10, 14); e$years <- e$days / 365.25
f <- glm(y ~ new + offset(log(years)), poisson, e, control = tight)
r <- ratio_of(f, e$school, "new", "ratio", "")
out("counts", named(paste0("seizures.end.", C, ".rate"), r))
for (g in c("new", "old")) {
  one <- e[e$new == (g == "new"), ]
  f <- glm(y ~ 1 + offset(log(years)), poisson, one, control = tight)
  r <- ratio_of(f, one$school, 1, "rate", "rate_")[1:3]
  out("counts", named(paste0("seizures.end.", g), r))
}
whole <- e[e$days >= 14, ]
whole$free <- as.numeric(whole$y == 0)
r <- robust(free ~ new, whole, "new")
out("counts", named(paste0("seizures.end.", C, ".free"), risk_difference = 100 * r[["difference"]], ci_low = 100 * r[["ci_low"]],
  ci_high = 100 * r[["ci_high"]], statistic = r[["statistic"]], df = r[["df"]], p = r[["p"]]))
out("counts", named(paste0("seizures.end.", C, ".means"), mixed(y ~ new, whole, "new", FALSE)))
