/** Which row of the ledger (`docs/fidelity.md`) a difference touches: the first rule that fits. */
import type { Difference } from './difference.ts'

interface Rule {
  readonly row: string
  readonly operation?: RegExp
  readonly kind?: RegExp
  readonly place?: RegExp
  /** The two statuses of a difference of that kind, the smaller one first. */
  readonly statuses?: RegExp
}

const batches = /^(enable|disable)SkillBatch$/
const single = /^(getEnablement|listEnablements|enableSkill|disableSkill)$/

export const rules: readonly Rule[] = [
  { row: '7', statuses: /\b413\b/ },
  { row: 'H19', statuses: /\b421\b/ },
  { row: 'H1', statuses: /\b405\b/ },
  { row: 'H6', statuses: /\b408\b/ },
  { row: 'H5', statuses: /\b431\b/ },
  { row: 'H1', operation: /^OPTIONS /, statuses: /./ },
  { row: '15', statuses: /\b401\b/ },
  { row: '11', operation: /^listEnablements$/, statuses: /^(400 404|403 404|400 403|200 404)$/ },
  { row: '24', operation: /^getEnablement$/, statuses: /^20\d 404$/ },
  { row: '25', operation: /^disableSkill$/, statuses: /^20\d 20\d$/ },
  { row: '26', operation: /^disableSkill$/, statuses: /^(20\d 404|400 404|20\d 400)$/ },
  { row: '18', operation: /^enableSkill$/, statuses: /\b409\b/ },
  { row: 'E9', operation: /^enableSkill$/, statuses: /^20\d 20\d$/ },
  { row: '20', operation: /^enableSkill$/, statuses: /^20\d 400$/ },
  { row: '14', operation: /^enableSkill$/, statuses: /^(20\d|400) 404$/ },
  { row: '33', operation: batches, statuses: /^400 403$/ },
  { row: 'T3', operation: /^disableSkillBatch$/, statuses: /./ },
  { row: 'T4', operation: /^getEnablementBatch$/, statuses: /./ },
  { row: 'B9', operation: /^enableSkillBatch$/, statuses: /^20\d 20\d$/ },
  { row: '14', operation: /^enableSkillBatch$/, statuses: /^400 404$/ },
  { row: '32', operation: /^enableSkillBatch$/, statuses: /^20\d 40\d$/ },
  { row: 'U2', operation: /^(createUnit|renameUnit|deleteUnit)$/, statuses: /^20\d 20\d$/ },
  { row: 'U9', operation: /^deleteUnit$/, statuses: /./ },
  { row: 'U10', operation: /Units?$/, statuses: /./ },
  { row: '12', operation: /./, statuses: /^20\d 403$/ },
  { row: '10', operation: /./, statuses: /^40\d 40\d$/ },

  { row: 'A2', place: /^header x-amzn-requestid$/ },
  {
    row: 'C21',
    kind: /^extra$/,
    operation: /^(disableSkill|enableSkillBatch|disableSkillBatch)$/,
    place: /^header content-type$/,
  },
  { row: 'A3', place: /^header content-type$/ },
  { row: '15', place: /^header www-authenticate$/ },
  { row: 'U2', place: /^header location$/ },

  { row: 'C4', place: /^errors\[\]\.er(ro|or)rCode$/ },
  { row: '35', place: /^errors\[\]\.itemId$/ },
  { row: '33', place: /^errors\[\]\.status$/ },
  { row: '32', kind: /^order$/, place: /^errors$/ },
  { row: '32', kind: /^(missing|extra)$/, place: /^errors\[\]$/ },
  { row: '39', place: /^errors(\[\]\.errorDescription)?$/ },
  { row: 'C10', operation: /Batch$/, place: /^(type|message)$/ },
  { row: 'A4', operation: /./, place: /^(type|message)$/ },

  {
    row: 'U12',
    operation: /^listUnits$/,
    place: /^(paginationContext.*|results(\[\](\.(id|level|name.*|parentId))?)?)$/,
  },
  { row: 'U1', operation: /Unit$/, place: /^(id|level|name.*|parentId)$/ },
  { row: 'T7', place: /(^|\.)nameFreeInvocation(\.|$)/ },
  { row: '23', place: /(^|\.)accountLink(\.status)?$/ },
  { row: '1', kind: /^(value|type|missing)$/, place: /(^|\.)skill(\.id)?$/ },
  { row: '2', kind: /^(value|type|missing)$/, place: /(^|\.)unit(\.id)?$/ },
  { row: 'C12', operation: /^enableSkill$/, place: /^skill\.stage$/ },
  { row: '17', place: /(^|\.)skill\.stage$/ },
  { row: '31', operation: /./, kind: /^(value|type|missing)$/, place: /(^|\.)status$/ },
  {
    row: 'T4',
    operation: /^getEnablementBatch$/,
    place: /^(paginationContext.*|results(\[\](\.(itemId|unitId|enablements(\[\])?))?)?)$/,
  },
  { row: 'L9', operation: /^listEnablements$/, kind: /^(missing|extra)$/, place: /^items\[\]$/ },
  { row: 'L7', operation: single, place: /^items$/ },
  { row: '29', place: /^paginationContext/ },
]

/** The row, or `undefined`: then the ledger has to grow. */
export function rowOf(difference: Difference): string | undefined {
  const { operation, kind, place, expected, actual } = difference
  const statuses = kind === 'status' ? [expected, actual].sort().join(' ') : undefined
  return rules.find(
    (rule) =>
      (rule.statuses === undefined
        ? statuses === undefined
        : statuses !== undefined && rule.statuses.test(statuses)) &&
      fits(rule.operation, operation) &&
      fits(rule.kind, kind) &&
      fits(rule.place, place),
  )?.row
}

function fits(pattern: RegExp | undefined, text: string): boolean {
  return pattern?.test(text) ?? true
}
