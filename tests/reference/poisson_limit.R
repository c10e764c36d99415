# Modified Poisson regression where one level of a covariate has no event: R's numbers on all patients, whose coefficient
# of that level runs to minus infinity, and on the patients that remain in the limit.
# Run: Rscript poisson_limit.R > poisson_limit.csv   (R >= 4, package stats; the sandwich HC0 is written out)
out <- function(.set, ...) {
  v <- c(...)
  for (k in names(v)) cat(sprintf("%s,%s,%.17g,R %s\n", .set, k, v[[k]], getRversion()))
}
cat("set,quantity,value,r_version\n")

i <- 0:79
g <- i %% 2
x <- 40 + (i * 7) %% 31
level <- ifelse(i %in% c(5, 18, 44), 2, (i %/% 3) %% 2)   # three patients of level 2
y <- as.numeric((i * 13 + 5 * g) %% 11 < 4)
y[level == 2] <- 0
time <- 0.5 + (i %% 5) / 4

robust <- function(use, offset) {
  f <- suppressWarnings(glm(y[use] ~ g[use] + x[use] + factor(level[use]) + offset(log(offset[use])), family = poisson,
    control = glm.control(epsilon = 1e-15, maxit = 200)))
  X <- model.matrix(f); mu <- fitted(f); B <- solve(t(X) %*% (X * mu)); M <- t(X) %*% (X * (y[use] - mu)^2)
  se <- sqrt(diag(B %*% M %*% B))
  c(log_ratio = unname(coef(f)[2]), se = unname(se[2]), age = unname(coef(f)[3]), age_se = unname(se[3]))
}
all <- rep(TRUE, 80); one <- rep(1, 80)
out("remaining", robust(level != 2, one))
out("remaining_time", robust(level != 2, time))
# the same with everybody: a few digits fewer, because the sandwich inverts a matrix that is nearly singular
f <- suppressWarnings(glm(y ~ g + x + factor(level), family = poisson, control = glm.control(epsilon = 1e-8, maxit = 25)))
out("everybody", log_ratio = unname(coef(f)[2]), level_2 = unname(coef(f)[5]))
