# R's ratios where one group has no variation at all: its clusters have all the same share of events, or all its patients
# the event. The robust variance of its log odds or log risk is then 0, and the ratio's error is the other group's alone.
# Run: Rscript even_group.R > even_group.csv   (R >= 4)
vcl <- function(fit, cluster) {  # sandwich::vcovCL(fit, cluster, type = "HC1") by definition; Debian has no sandwich here
  x <- model.matrix(fit); u <- residuals(fit, "response"); bread <- summary(fit)$cov.unscaled
  g <- length(unique(cluster)); n <- nrow(x); k <- ncol(x)
  bread %*% crossprod(rowsum(x * u, as.character(cluster))) %*% bread * g / (g - 1) * (n - 1) / (n - k)
}
hc0 <- function(fit) {  # sandwich::vcovHC(fit, type = "HC0")
  x <- model.matrix(fit); u <- residuals(fit, "response"); bread <- summary(fit)$cov.unscaled
  bread %*% crossprod(x * u) %*% bread
}
out <- function(case, b, se, df) {
  h <- qt(.975, df) * se
  v <- c(ratio = exp(b), ci_low = exp(b - h), ci_high = exp(b + h), statistic = b / se, p = 2 * pt(-abs(b / se), df))
  for (k in names(v)) cat(sprintf("%s,%s,%.17g,R %s\n", case, k, v[[k]], getRversion()))
}
cat("case,statistic,value,r_version\n")
tight <- glm.control(epsilon = 1e-15, maxit = 100)
even <- rep(c(1, 0, 0), 4)                       # four clusters of three patients, one event in each
uneven <- c(1, 0, 0, 1, 1, 0, 1, 1, 1, 1, 0, 0)  # one, two, three and one events
y <- c(even, uneven); other <- rep(0:1, each = 12); cluster <- rep(1:8, each = 3)
for (family in c("poisson", "binomial")) for (turned in 0:1) {
  x <- if (turned) 1 - other else other
  f <- glm(y ~ x, family, control = tight)
  out(paste("cluster", family, turned), coef(f)[["x"]], sqrt(vcl(f, cluster)["x", "x"]), 7)
}
y <- c(rep(1, 6), c(1, 0, 0, 1, 0, 1)); other <- rep(0:1, each = 6)  # everybody in one group, half of the other
for (turned in 0:1) {
  x <- if (turned) 1 - other else other
  f <- glm(y ~ x, poisson, control = tight)
  out(paste("poisson", turned), coef(f)[["x"]], sqrt(hc0(f)["x", "x"]), Inf)
}
