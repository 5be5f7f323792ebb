# Every aws_organizations_* resource that the provider is known to call for, from an account that is in no organization yet.

locals {
  first = var.stage == 1
}

resource "aws_organizations_organization" "it" {
  feature_set                   = "ALL"
  aws_service_access_principals = local.first ? ["ram.amazonaws.com"] : ["ram.amazonaws.com", "iam.amazonaws.com"]
  enabled_policy_types          = ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"]
}

resource "aws_organizations_organizational_unit" "prod" {
  name      = local.first ? "prod" : "production"
  parent_id = aws_organizations_organization.it.roots[0].id
  tags      = { a = var.stage }
}

resource "aws_organizations_organizational_unit" "inner" {
  name      = "inner"
  parent_id = aws_organizations_organizational_unit.prod.id
}

resource "aws_organizations_account" "member" {
  name      = "member"
  email     = "member@example.com"
  parent_id = local.first ? aws_organizations_organization.it.roots[0].id : aws_organizations_organizational_unit.inner.id
  tags      = { a = "1" }
}

resource "aws_organizations_policy" "scp" {
  name        = "no-key-deletion"
  description = local.first ? "first" : "second"
  type        = "SERVICE_CONTROL_POLICY"
  depends_on  = [aws_organizations_organization.it]
  content = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Deny", Action = local.first ? ["kms:ScheduleKeyDeletion"] : ["kms:DisableKey", "kms:ScheduleKeyDeletion"], Resource = "*" }]
  })
  tags = { a = var.stage }
}

resource "aws_organizations_policy" "rcp" {
  name = "tls-only"
  type = "RESOURCE_CONTROL_POLICY"
  content = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Deny", Principal = "*", Action = "kms:Decrypt", Resource = "*",
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
  depends_on = [aws_organizations_organization.it]
}

resource "aws_organizations_policy_attachment" "unit" {
  policy_id = aws_organizations_policy.scp.id
  target_id = aws_organizations_organizational_unit.prod.id
}

resource "aws_organizations_policy_attachment" "account" {
  policy_id = aws_organizations_policy.rcp.id
  target_id = aws_organizations_account.member.id
}

data "aws_organizations_organization" "it" {
  depends_on = [aws_organizations_account.member]
}

output "accounts" {
  value = length(data.aws_organizations_organization.it.accounts)
}

output "member" {
  value = aws_organizations_account.member.id
}
