path "secret/data/fraud/*" { capabilities = ["read", "list"] }
path "transit/sign/fraud-model" {
  capabilities = ["update"] # x
  allowed_parameters = { "hash_algorithm" = ["sha2-256"], a = [] }
  /* y */ n = 1.5e3
  t = <<EOT
x ${a}
EOT
}
