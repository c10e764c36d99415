# R's numbers on models of repeated measures; under the names of our statistics, the studies are made by
# tests/analysis/test_repeated_r.py. Estimates, standard errors and the likelihood are those of nlme (gls, lme), whose
# parameters of the covariance are then improved by Newton's steps on the restricted likelihood, written from its definition
# with other parameters than ours (logarithms and a Cholesky factor) and derivatives by numDeriv. From the same function are
# Satterthwaite's degrees of freedom (nlme has none). That nlme agrees with that function to 1e-6 is checked on the way
# (gls begun anew where the steps ended: begun from nothing its optimiser may stop 1e-5 away).
# Run in this folder: Rscript repeated.R > repeated.csv   (R >= 4 with nlme and numDeriv); it writes repeated-own.csv too.
suppressMessages({library(nlme); library(numDeriv)})
cat("study,statistic,value,r_version\n")
out <- function(.study, ...) { v <- c(...); for (k in names(v)) cat(sprintf("%s,%s,%.17g,R %s\n", .study, k, v[[k]], getRversion())) }

sigma_un <- function(par, m) { L <- matrix(0, m, m); L[lower.tri(L, TRUE)] <- par; diag(L) <- exp(diag(L)); L %*% t(L) }
sigma_ri <- function(par, m) exp(par[1]) + diag(exp(par[2]), m)
coef_of <- function(g) if (inherits(g, "gls")) coef(g) else fixef(g)

# minus the restricted log likelihood, with what belongs to it
pieces <- function(par, rows, X, y, at, m, sigma) {
  S <- sigma(par, m); A <- 0; b <- 0; q <- 0; l <- 0
  for (r in rows) {
    W <- solve(S[at[r], at[r]]); x <- X[r, , drop = FALSE]
    A <- A + t(x) %*% W %*% x; b <- b + t(x) %*% W %*% y[r]; q <- q + drop(t(y[r]) %*% W %*% y[r]); l <- l - log(det(W))
  }
  beta <- drop(solve(A, b))
  list(beta = beta, V = solve(A), value = .5 * ((length(y) - ncol(X)) * log(2 * pi) + l + log(det(A)) + q - sum(beta * b)))
}

# derivatives at par, by steps of one size for every parameter (numDeriv takes a share of each, however small it is)
by_steps <- function(how, f, par) how(function(z) f(par + z - 1), rep(1, length(par)), method.args = list(d = .08, r = 6))

study <- function(name, d, ref, times, base, adjust = character(), structure = "unstructured") {
  d <- d[complete.cases(d[, c("y", adjust, if (base) "base")]), ]
  d$arm <- relevel(factor(d$arm), ref); d$visit <- factor(d$visit, levels = times); d$patient <- factor(d$patient); d$at <- as.integer(d$visit)
  scale <- sd(d$y); d$y <- d$y / scale; if (base) d$base <- d$base - mean(d$base)  # derivatives by differences are better of numbers about 1
  for (v in adjust) if (is.character(d[[v]])) d[[v]] <- factor(d[[v]])
  d <- d[order(d$patient, d$at), ]; m <- length(times)
  f <- reformulate(c("0", "visit:arm", if (base) "visit:base", adjust), "y")
  X <- model.matrix(f, d); X <- X[, qr(X)$pivot[seq_len(qr(X)$rank)]]; d$X <- X; y <- d$y; rows <- split(seq_along(y), d$patient)
  if (structure == "unstructured") {
    g <- gls(y ~ X - 1, d, correlation = corSymm(form = ~ at | patient), weights = varIdent(form = ~ 1 | at), method = "REML",
             control = glsControl(tolerance = 1e-12, msTol = 1e-14, maxIter = 500, msMaxIter = 2000))
    whole <- names(which(sapply(rows, length) == m))[1]
    L <- t(chol(getVarCov(g, individual = whole))); diag(L) <- log(diag(L)); par <- L[lower.tri(L, TRUE)]; sigma <- sigma_un
  } else {
    g <- lme(y ~ X - 1, random = ~ 1 | patient, d, method = "REML", control = lmeControl(tolerance = 1e-12, msTol = 1e-14, msMaxIter = 500))
    par <- log(c(as.numeric(VarCorr(g)[1, 1]), g$sigma^2)); sigma <- sigma_ri
  }
  p <- function(x) pieces(x, rows, X, y, d$at, m, sigma)
  value <- function(x) p(x)$value
  for (i in 1:4) par <- par - solve(by_steps(hessian, value, par), by_steps(grad, value, par))
  H <- by_steps(hessian, value, par); e <- p(par)
  if (structure == "unstructured") {  # nlme's own, begun where the steps ended
    S <- sigma(par, m); sds <- sqrt(diag(S))
    g <- gls(y ~ X - 1, d, correlation = corSymm(cov2cor(S)[lower.tri(S)], form = ~ at | patient),
             weights = varIdent(setNames(sds[-1] / sds[1], 2:m), form = ~ 1 | at), method = "REML",
             control = glsControl(tolerance = 1e-12, msTol = 1e-14, maxIter = 500, msMaxIter = 2000))
  }
  apart <- c(max(abs(by_steps(grad, value, par))), abs(as.numeric(logLik(g)) + e$value), max(abs(sqrt(diag(vcov(g))) / sqrt(diag(e$V)) - 1)),
             max(abs(coef_of(g) / e$beta - 1)))
  message(name, ": slope, likelihood, standard errors, estimates ", paste(signif(apart, 2), collapse = " "))
  stopifnot(apart < c(1e-7, 1e-8, 1e-6, 1e-6))
  one <- d[!duplicated(d$patient), ]
  tell <- function(stem, l, parts) {
    v <- function(x) drop(t(l) %*% p(x)$V %*% l); s <- v(par); j <- by_steps(grad, v, par)
    df <- 2 * s^2 / drop(t(j) %*% solve(H, j)); b <- sum(l * e$beta); h <- qt(.975, df) * sqrt(s)
    all <- c(difference = scale * b, mean = scale * b, se = scale * sqrt(s), ci_low = scale * (b - h), ci_high = scale * (b + h), statistic = b / sqrt(s), df = df, p = 2 * pt(-abs(b / sqrt(s)), df))
    out(name, setNames(all[parts], paste0(stem, ".mixed.", parts)))
  }
  wide <- function(t, a) {  # the row of the design of arm a at time t, baseline and covariates at the means over patients
    mean_row <- colMeans(do.call(rbind, lapply(seq_len(nrow(one)), function(i) {
      n <- one[i, ]; n$visit <- factor(t, levels = times); n$arm <- factor(a, levels = levels(d$arm)); model.matrix(f, n)
    })))
    mean_row[colnames(X)]
  }
  for (t in times) {
    for (a in levels(d$arm)) tell(paste(name, t, a, sep = "."), wide(t, a), c("mean", "ci_low", "ci_high"))
    for (a in levels(d$arm)[-1]) tell(paste(name, t, paste0(a, "_vs_", ref), sep = "."), wide(t, a) - wide(t, ref),
                                      c("difference", "se", "ci_low", "ci_high", "statistic", "df", "p"))
  }
  out(name, setNames(c(nlevels(d$patient), nrow(d)), paste0(name, ".mixed.", c("patients", "observations"))))
  out(paste0(name, "/fit"), c(log_likelihood = -e$value - (length(y) - ncol(X)) * log(scale)), setNames(scale^2 * sigma(par, m)[lower.tri(diag(m), TRUE)], outer(1:m, 1:m, paste, sep = "-")[lower.tri(diag(m), TRUE)]))
}

# Orthodont: no baseline, nothing missing
d <- as.data.frame(Orthodont)
d <- data.frame(patient = d$Subject, arm = tolower(d$Sex), visit = paste0("age_", d$age), y = d$distance)
ages <- paste0("age_", c(8, 10, 12, 14))
study("distance", d, "male", ages, FALSE)
study("distance_ri", d, "male", ages, FALSE, structure = "random_intercept")

# ChickWeight: four diets, the weight at birth, chicks that died
d <- as.data.frame(ChickWeight); d$Chick <- as.character(d$Chick)
birth <- with(d[d$Time == 0, ], setNames(weight, Chick))
d <- data.frame(patient = d$Chick, arm = paste0("diet_", d$Diet), visit = paste0("day_", d$Time), y = d$weight, base = birth[d$Chick])
days <- paste0("day_", c(6, 12, 18, 21)); d <- d[d$visit %in% days, ]
study("weight", d, "diet_1", days, TRUE)
study("weight_ri", d, "diet_1", days, TRUE, structure = "random_intercept")

# our own: three arms, visits missing in between and after a drop-out, two covariates with missing values, a baseline with some
set.seed(4); n <- 66
arm <- rep(c("control", "low", "high"), length.out = n); age <- round(rnorm(n, 50, 12)); sex <- sample(c("f", "m"), n, TRUE)
person <- rnorm(n, 0, 5); base <- round(50 + person + rnorm(n, 0, 3), 1)
y <- sapply(1:4, function(t) round(50 + person * (1 + t / 6) + t * c(control = 0, low = .5, high = 1.5)[arm] + .05 * (age - 50) + rnorm(n, 0, 2 + t), 1))
y[cbind(sample(n, 12), 1)] <- NA; y[cbind(sample(n, 10), 2)] <- NA; y[cbind(sample(n, 9), 3)] <- NA
gone <- sample(n, 18); y[gone[1:9], 4] <- NA; y[gone[10:15], 3:4] <- NA; y[gone[16:18], 2:4] <- NA
base[c(5, 20)] <- NA; age[33] <- NA; sex[47] <- NA; y[60, ] <- NA
own <- data.frame(id = sprintf("P%02d", 1:n), arm, age, sex, base, week_1 = y[, 1], week_2 = y[, 2], week_3 = y[, 3], week_4 = y[, 4])
write.csv(own, "repeated-own.csv", row.names = FALSE, quote = FALSE, na = "")
weeks <- paste0("week_", 1:4)
d <- do.call(rbind, lapply(weeks, function(w) data.frame(patient = own$id, arm, age, sex, base, visit = w, y = own[[w]])))
study("score", d, "control", weeks, TRUE)
study("score_adjusted", d, "control", weeks, TRUE, c("age", "sex"))
study("score_ri", d, "control", weeks, TRUE, c("age", "sex"), "random_intercept")
study("score_after", d, "control", weeks, FALSE, c("age", "sex"))
