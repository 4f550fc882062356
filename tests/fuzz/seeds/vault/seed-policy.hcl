path "secret/data/fraud/*" { capabilities = ["read", "list"] }
path "sys/*" { capabilities = ["sudo", "read"] }
path "old/x" { policy = "write" }
