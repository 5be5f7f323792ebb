# What the stories need to have people in them. A document begins with `. ./people.sh`.

account=111122223333
arn=arn:aws:iam::$account

# profile NAME: a profile with the credentials on standard input
profile() {
  local id secret token
  read -r id secret token
  {
    printf '\n[%s]\nregion = us-east-1\naws_access_key_id = %s\naws_secret_access_key = %s\n' "$1" "$id" "$secret"
    if [ -n "$token" ]; then echo "aws_session_token = $token"; fi
  } >> "$AWS_SHARED_CREDENTIALS_FILE"
}

# may ACTION...: an identity policy that allows actions on everything
may() {
  local list
  list=$(printf ', "%s"' "$@")
  echo '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ['"${list:2}"'], "Resource": "*"}]}'
}

# person NAME [ACTION...]: a user who may do these, with a profile
person() {
  aws iam create-user --user-name "$1" > person.json
  aws iam create-access-key --user-name "$1" --query 'AccessKey.[AccessKeyId, SecretAccessKey]' --output text | profile "$1"
  if [ $# -gt 1 ]; then aws iam put-user-policy --user-name "$1" --policy-name work --policy-document "$(may "${@:2}")"; fi
}

# role NAME ACTION...: a role that the account's people can become, who then may do these
role() {
  aws iam create-role --role-name "$1" --assume-role-policy-document \
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "'"$arn"':root"}, "Action": "sts:AssumeRole"}]}' > role.json
  if [ $# -gt 1 ]; then aws iam put-role-policy --role-name "$1" --policy-name work --policy-document "$(may "${@:2}")"; fi
}

# session ROLE NAME: alice becomes the role, under a profile of that name
session() {
  aws --profile alice sts assume-role --role-arn "$arn:role/$1" --role-session-name "$2" \
    --query 'Credentials.[AccessKeyId, SecretAccessKey, SessionToken]' --output text | profile "$2"
}

# leave NAME: deletes a user and the profile, as an administrator who clears up would
leave() {
  local id
  id=$(aws iam list-access-keys --user-name "$1" --query 'AccessKeyMetadata[0].AccessKeyId' --output text)
  aws iam delete-access-key --user-name "$1" --access-key-id "$id"
  aws iam delete-user-policy --user-name "$1" --policy-name work 2> none.txt || true
  aws iam delete-user --user-name "$1"
  sed "/^\[$1\]\$/,/^\$/d" "$AWS_SHARED_CREDENTIALS_FILE" > credentials.left
  cat credentials.left > "$AWS_SHARED_CREDENTIALS_FILE"
  rm credentials.left
}
