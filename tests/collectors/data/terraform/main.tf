variable "password" {
  type      = string
  sensitive = true
  default   = "hunter2-hunter2"
}
variable "model_uri" {
  default = "s3://models/fraud/2"
}
resource "terraform_data" "server" {
  input = {
    image     = "registry.example.com/fraud/server@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    sidecar   = { image = "registry.example.com/fraud/proxy:1.2" }
    model_uri = var.model_uri
    token     = var.password
  }
}
resource "terraform_data" "secret" {
  count = 2
  input = { image = "x.example.com/${var.password}" }
}
