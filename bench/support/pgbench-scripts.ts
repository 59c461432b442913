/** What pgbench sends: the statements of storage, as the service prepares them, with the IDs of dataset.ts. */
import type { EnableRecord } from '../../src/model/ports/storage.ts'
import { readEnablement, upsertStatement } from '../../src/storage/enablements/enablement-row.ts'
import { client, organizationId, skillsEverywhere } from './dataset.ts'

/** What a get reads. */
export function selectScript(units: number): string {
  return `\\set unit random(0, ${units - 1})
\\set skill random(0, ${skillsEverywhere - 1})
select ${readEnablement.columns} from enablements where unit_id = ${unitSql(':unit')} and skill_id = ${skillSql(':skill')};
`
}

/** The statement of an enable, each of a unit and a skill that were not together before. */
export function upsertScript(units: number): string {
  return `\\set i :i + 1
\\set unit :i % ${units}
\\set round :i / ${units}
${upsertText(unitSql(':unit'))};
`
}

/** A transaction with so many rows of the same statement, sent together. */
export function batchScript(units: number, size: number): string {
  const rows = Array.from({ length: size }, (_, row) => upsertText(unitSql(`(:i + ${row}) % ${units}`)))
  return `\\set i :i + ${size}
\\set round :i / ${units}
begin;
\\startpipeline
${rows.join(';\n')};
commit;
\\endpipeline
`
}

/** As storage has it, with what stands for its values. */
function upsertText(unit: string): string {
  const record = {
    partitionNames: [],
    nameFreeLocales: [],
    link: { kind: 'keep' },
  } as unknown as EnableRecord
  const stamp = { now: 0, activateAt: 0, requestId: '', actor: '' }
  const { sql, insert } = upsertStatement(record, undefined, stamp)
  const now = '(extract(epoch from now()) * 1000)::bigint'
  const values: Readonly<Record<string, string>> = {
    unit_id: unit,
    skill_id: "'amzn1.ask.skill.' || :run || '-' || :client_id || '-' || :round || '-4000-8000-9c2f3b1b6d5e'",
    organization_id: `'${organizationId}'`,
    stage: "'live'",
    partition_names: "'[]'",
    is_linked: '0',
    enabled_from: `${now} + 86400000`,
    created_at: now,
    request_id: "'a-request-id-of-the-length-of-a-uuid'",
    actor: `'${client.id}'`,
  }
  const names = Object.keys(insert?.columns ?? {})
  return sql
    .replace(/\$(\d+)/g, (_, number) => values[names[Number(number) - 1] ?? ''] ?? 'null')
    .replace(/\s+/g, ' ')
    .trim()
}

/** `unitId` and `skillId` of dataset.ts in the language of PostgreSQL. */
export function unitSql(number: string): string {
  return `'amzn1.alexa.unit.did.A' || upper(${scrambledSql(number)}) || 'JDKNLWZB2HXS6TFCUM4VYQ7E3RPG'`
}

export function skillSql(number: string): string {
  return `'amzn1.ask.skill.' || ${scrambledSql(number)} || '-6d5e-4000-8000-9c2f3b1b6d5e'`
}

function scrambledSql(number: string): string {
  return `lpad(to_hex((cast(${number} as bigint) * 2654435761) % 4294967296), 8, '0')`
}
