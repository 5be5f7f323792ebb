# Parameters of every type. Stage 2 changes what can be changed.

locals {
  first = var.stage == 1
}

resource "aws_kms_key" "own" {
  description             = "parameters"
  deletion_window_in_days = 7
}

resource "aws_ssm_parameter" "plain" {
  name            = "/tf/ssm/plain"
  type            = "String"
  value           = local.first ? "one" : "two"
  description     = local.first ? "first" : "second"
  allowed_pattern = "^[a-z]+$"
  tags            = local.first ? { team = "red" } : { team = "blue", stage = "two" }
}

resource "aws_ssm_parameter" "list" {
  name  = "/tf/ssm/list"
  type  = "StringList"
  value = local.first ? "a,b" : "a,b,c"
  tier  = local.first ? "Standard" : "Advanced"
}

resource "aws_ssm_parameter" "secret" {
  name   = "/tf/ssm/secret"
  type   = "SecureString"
  key_id = aws_kms_key.own.key_id
  value  = local.first ? "first secret" : "second secret"
}

resource "aws_ssm_parameter" "usual_key" {
  name  = "tf-usual-key"
  type  = "SecureString"
  value = "kept"
}

data "aws_ssm_parameter" "plain" {
  name       = aws_ssm_parameter.plain.name
  depends_on = [aws_ssm_parameter.plain]
}

data "aws_ssm_parameter" "secret" {
  name       = aws_ssm_parameter.secret.name
  depends_on = [aws_ssm_parameter.secret]
}

data "aws_ssm_parameters_by_path" "all" {
  path       = "/tf/ssm"
  depends_on = [aws_ssm_parameter.plain, aws_ssm_parameter.list, aws_ssm_parameter.secret]
}

output "plain" {
  value = nonsensitive(data.aws_ssm_parameter.plain.value)
}

output "secret" {
  value = nonsensitive(data.aws_ssm_parameter.secret.value)
}

output "versions" {
  value = [aws_ssm_parameter.plain.version, aws_ssm_parameter.list.version, aws_ssm_parameter.secret.version]
}

output "tier" {
  value = aws_ssm_parameter.list.tier
}

output "by_path" {
  value = sort(nonsensitive(data.aws_ssm_parameters_by_path.all.names))
}
