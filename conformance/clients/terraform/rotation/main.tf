# A secret whose rotation a function does that the operator registered. Stage 2 changes the schedule.

locals {
  first = var.stage == 1
}

variable "function" {
  type = string
}

resource "aws_secretsmanager_secret" "rotated" {
  name                    = "tf/rotated"
  recovery_window_in_days = 0
}

resource "aws_secretsmanager_secret_rotation" "rotated" {
  secret_id           = aws_secretsmanager_secret.rotated.id
  rotation_lambda_arn = var.function

  rotation_rules {
    automatically_after_days = local.first ? 30 : null
    schedule_expression      = local.first ? null : "cron(0 16 1,15 * ? *)"
    duration                 = local.first ? null : "2h"
  }
}

output "enabled" {
  value = aws_secretsmanager_secret_rotation.rotated.rotation_enabled
}
