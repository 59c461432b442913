/** Compares two skill IDs without their prefixes: the page writes the prefix in two ways (ledger, row 1). */
export function isSameSkill(one: string, other: string): boolean {
  return withoutPrefix(one) === withoutPrefix(other)
}

function withoutPrefix(skillId: string): string {
  return skillId.replace(/^amzn1\.(ask|alexa)\.skill\./, '')
}
