/** The columns of the lists of the catalog, besides the name. */
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import type { CatalogKind } from '../api/catalog.ts'
import type { ClientView, OrganizationView, PersonView, SkillView } from '../api/wire.ts'
import { useUnitNames } from '../names/use-unit-names.ts'
import { Row, Tag } from '../ui/controls.tsx'
import type { Words } from '../words/en.ts'

export type ListedRecord = OrganizationView | SkillView | ClientView | PersonView

export function recordHeads(words: Words, kind: CatalogKind): readonly string[] {
  const { name, solution, country, stages, linking, roles, signIn, grants } = words.catalog.heads
  if (kind === 'organizations') return [name, solution, country]
  if (kind === 'skills') return [name, stages, linking]
  if (kind === 'clients') return [name, roles, grants]
  return [name, roles, signIn]
}

export function partsOf(
  words: Words,
  record: ListedRecord,
): readonly (readonly [key: string, part: ReactNode])[] {
  if ('solution' in record)
    return [
      [
        'solution',
        <Link key="s" href={`/p/${encodeURIComponent(record.id)}`}>
          {words.solutions[record.solution]}
        </Link>,
      ],
      ['country', record.country],
    ]
  if ('stages' in record)
    return [
      [
        'stages',
        <Row key="s">
          {record.stages.map((stage) => (
            <Tag key={stage}>{words.stage[stage]}</Tag>
          ))}
        </Row>,
      ],
      ['linking', record.accountLinking ? `● ${words.catalog.links}` : '–'],
    ]
  if ('grants' in record)
    return [
      ['roles', <Roles key="r" roles={record.roles} />],
      ['grants', record.hasSecret ? record.grants.join(', ') : `${record.grants.join(', ')} · PKCE`],
    ]
  return [
    ['roles', <Roles key="r" roles={record.roles} />],
    [
      'signIn',
      record.email ? `${record.email}${record.hasPassphrase ? '' : ` · ${words.catalog.noPassphrase}`}` : '–',
    ],
  ]
}

const rolesShown = 5

function Roles({ roles }: { readonly roles: ClientView['roles'] }) {
  const shown = roles.slice(0, rolesShown)
  const names = useUnitNames(shown.map(({ unitId }) => unitId))
  if (roles.length === 0) return '–'
  return (
    <>
      {shown.map(({ unitId, role }) => (
        <div key={`${unitId} ${role}`}>
          {role}: <bdi>{names.get(unitId) ?? unitId}</bdi>
        </div>
      ))}
      {roles.length > rolesShown && `+ ${roles.length - rolesShown}`}
    </>
  )
}
