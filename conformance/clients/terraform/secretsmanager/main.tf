# Every aws_secretsmanager_* resource but rotation, and every data source. Stage 2 changes what can be changed.

locals {
  first = var.stage == 1
}

data "aws_caller_identity" "me" {}

resource "aws_kms_key" "own" {
  description             = "secrets"
  deletion_window_in_days = 7
}

resource "aws_secretsmanager_secret" "own" {
  name                    = "tf/own"
  description             = local.first ? "first" : "second"
  kms_key_id              = local.first ? aws_kms_key.own.key_id : aws_kms_key.own.arn
  recovery_window_in_days = 0
  tags                    = local.first ? { team = "red" } : { team = "blue", stage = "two" }

  replica {
    region = "eu-west-1"
  }
}

resource "aws_secretsmanager_secret" "plain" {
  name                    = "tf/plain"
  recovery_window_in_days = 7
}

resource "aws_secretsmanager_secret_version" "own" {
  secret_id     = aws_secretsmanager_secret.own.id
  secret_string = local.first ? "first secret" : "second secret"
}

resource "aws_secretsmanager_secret_version" "plain" {
  secret_id      = aws_secretsmanager_secret.plain.id
  secret_binary  = base64encode("bytes")
  version_stages = local.first ? ["AWSCURRENT"] : ["AWSCURRENT", "mine"]
}

resource "aws_secretsmanager_secret_policy" "own" {
  secret_arn          = aws_secretsmanager_secret.own.arn
  block_public_policy = true
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = local.first ? "One" : "Two"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:root" }
      Action    = "secretsmanager:GetSecretValue"
      Resource  = "*"
    }]
  })
}

data "aws_secretsmanager_random_password" "fresh" {
  password_length     = 40
  exclude_punctuation = true
}

data "aws_secretsmanager_secret" "own" {
  arn        = aws_secretsmanager_secret.own.arn
  depends_on = [aws_secretsmanager_secret_policy.own]
}

data "aws_secretsmanager_secret_version" "own" {
  secret_id  = aws_secretsmanager_secret.own.id
  depends_on = [aws_secretsmanager_secret_version.own]
}

data "aws_secretsmanager_secret_versions" "own" {
  secret_id  = aws_secretsmanager_secret.own.id
  depends_on = [aws_secretsmanager_secret_version.own]
}

data "aws_secretsmanager_secrets" "all" {
  filter {
    name   = "name"
    values = ["tf/"]
  }
  depends_on = [aws_secretsmanager_secret.own, aws_secretsmanager_secret.plain]
}

output "secret" {
  value     = data.aws_secretsmanager_secret_version.own.secret_string
  sensitive = true
}

output "described" {
  value = data.aws_secretsmanager_secret.own.description
}

output "password_length" {
  value = length(nonsensitive(data.aws_secretsmanager_random_password.fresh.random_password))
}

output "names" {
  value = sort(data.aws_secretsmanager_secrets.all.names)
}

output "versions" {
  value = length(data.aws_secretsmanager_secret_versions.own.versions)
}
