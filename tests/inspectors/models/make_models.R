# Writes the R samples of this folder: R --vanilla -f make_models.R --args OUT. Nothing is read again.
out <- commandArgs(TRUE)[1]
at <- function(name) file.path(out, name)
plain <- function(value, name, ...) saveRDS(value, at(name), compress = FALSE, ...)

frame <- data.frame(x = c(1, 2, 3, 4, 5), y = c(2, 4.1, 6, 8.2, 9.9), g = factor(c("a", "b", "a", "b", "a")))
model <- stats::lm(y ~ x + g, frame)
plain(model, "lm.rds")
plain(model, "lm_ascii.rds", ascii = TRUE)
save(frame, model, file = at("two.rda"), compress = FALSE)
save(frame, file = at("ascii.rda"), ascii = TRUE, compress = FALSE)

values <- list(a = 1:3, b = "x\n\"\\", c = c(1.5, NA, Inf), d = list(TRUE, NULL), e = complex(real = 1, imaginary = 2),
               f = as.raw(1:3), g = NA_character_)
plain(values, "plain.rds")
plain(values, "version2.rds", version = 2)
plain(values, "ascii.rds", ascii = TRUE)
stream <- file(at("native.rds"), "wb")
serialize(values, stream, xdr = FALSE)
close(stream)

increase <- function(x) x + 1
plain(increase, "closure.rds")
plain(compiler::cmpfun(function(x) { for (i in 1:3) x <- x + sin(i); system(x) }), "bytecode.rds")
plain(1:1000000, "compact.rds")
setClass("P", representation(a = "numeric"))
plain(new("P", a = 1), "s4.rds")

# An environment of a function holds its arguments as promises, used and unused.
fitted_inside <- function(data, unused) stats::lm(y ~ x, data)
plain(fitted_inside(frame, stop("never")), "fitted_inside.rds")

plain(quote(system("echo harmless")), "call.rds")
.First <- function() system("echo harmless")
save(.First, file = at("start_up.rda"), compress = FALSE)
delayed <- new.env()
delayedAssign("p", system("echo harmless"), assign.env = delayed)
plain(delayed, "promise.rds")
