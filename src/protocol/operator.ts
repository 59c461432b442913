/**
 * Requests and responses of the operator's API under `/_skillkeeper/`, except the catalog. Only the scopes of a skill
 * contain a secret; other responses show whether one exists.
 */
import * as Type from 'typebox'
import { CatalogRole, ClientGrants } from './catalog/principals.ts'
import { AccountLinking, Country, Solution } from './catalog.ts'
import { AccountLinkStatus, Stage } from './enablement.ts'
import { ClientId, PrincipalId, SkillId, UnitId } from './identifiers.ts'
import { Instant } from './instant.ts'
import { actorName, after, maxResults, paginationContext, requestId } from './operator-pages.ts'

export const CatalogCounts = Type.Object(
  {
    organizations: Type.Integer(),
    units: Type.Integer(),
    skills: Type.Integer(),
    clients: Type.Integer(),
    people: Type.Integer(),
    delegatedLinks: Type.Integer(),
    changed: Type.Integer({ description: 'How many records were added or differed from what was stored.' }),
  },
  { description: 'How many records of each kind the catalog has.' },
)
export type CatalogCounts = Type.Static<typeof CatalogCounts>

export const OrganizationView = Type.Object({
  id: UnitId,
  name: Type.String(),
  solution: Solution,
  country: Country,
  requiresSubscription: Type.Boolean(),
})
export type OrganizationView = Type.Static<typeof OrganizationView>

export const UnitView = Type.Object({
  id: UnitId,
  name: Type.String(),
  organizationId: UnitId,
  parentId: Type.Optional(Type.Unsafe<UnitId>({ ...UnitId, description: 'Absent for an organization.' })),
  level: Type.Integer({ description: '0 for an organization, 1 for a property, and so on.' }),
})
export type UnitView = Type.Static<typeof UnitView>

export const SkillView = Type.Object({
  id: SkillId,
  name: Type.String(),
  stages: Type.Array(Stage),
  isPredefined: Type.Optional(
    Type.Literal(true, { description: 'The skill is in every catalog, and cannot be changed or removed.' }),
  ),
  accountLinking: Type.Optional(
    Type.Object({
      accessTokenUri: Type.String(),
      clientId: Type.String(),
      hasClientSecret: Type.Boolean(),
      authenticationScheme: AccountLinking.properties.authenticationScheme,
      skipOnEnablement: Type.Boolean(),
      revocationUri: Type.Optional(Type.String()),
      authorizationUri: Type.Optional(Type.String()),
      scopes: Type.Optional(Type.Array(Type.String())),
    }),
  ),
})
export type SkillView = Type.Static<typeof SkillView>

export const AssignedRole = Type.Object({
  ...CatalogRole.properties,
  propagate: Type.Optional(
    Type.Boolean({ description: 'Absent: the role covers all units below, too. false: only its unit.' }),
  ),
  expiresAt: Type.Optional(Type.String({ description: 'When the role ends, as in RFC 3339.' })),
})
export type AssignedRole = Type.Static<typeof AssignedRole>
const roles = Type.Array(AssignedRole, {
  description: 'The current roles, of the highest units first, at most 1,000.',
})

export const ClientView = Type.Object({
  id: ClientId,
  principalId: Type.Unsafe<PrincipalId>({
    ...PrincipalId,
    description: 'The account of the client, to which the Role API assigns roles.',
  }),
  name: Type.String(),
  hasSecret: Type.Boolean(),
  isDemo: Type.Boolean({
    description:
      'The secret is the public one of the demo catalog, so the client works only on loopback addresses.',
  }),
  redirectUris: Type.Array(Type.String()),
  roles,
  grants: ClientGrants,
})
export type ClientView = Type.Static<typeof ClientView>

export const PersonView = Type.Object({
  id: PrincipalId,
  name: Type.String(),
  email: Type.Optional(Type.String()),
  hasPassphrase: Type.Boolean({ description: 'Whether the person can sign in on the authorize page.' }),
  subject: Type.Optional(Type.String({ description: 'The `sub` at the OpenID issuer of the service.' })),
  roles,
})
export type PersonView = Type.Static<typeof PersonView>

export const DelegatedLinkRequest = Type.Object(
  {
    authCode: Type.String({ minLength: 1, maxLength: 4096, description: 'An OAuth 2.0 authorization code.' }),
    redirectUri: Type.String({
      minLength: 1,
      maxLength: 2048,
      description: 'The redirect_uri of the authorization request; passed on unchanged.',
    }),
  },
  { description: 'A code of the OAuth 2.0 server of the skill, to be exchanged for the tokens of the link.' },
)
export type DelegatedLinkRequest = Type.Static<typeof DelegatedLinkRequest>

export const DelegatedLinkView = Type.Object({
  organizationId: UnitId,
  skillId: SkillId,
  status: AccountLinkStatus,
})
export type DelegatedLinkView = Type.Static<typeof DelegatedLinkView>

const token = Type.String({ description: "The access token that the skill's token server issued." })

/** The scope as the directives of a smart-home skill contain it. Source: "Use account linking and partitions". */
export const DirectiveScope = Type.Union(
  [
    Type.Object(
      { type: Type.Literal('BearerToken'), token },
      { description: 'For an enablement without partitions.' },
    ),
    Type.Object(
      {
        type: Type.Literal('BearerTokenWithPartition'),
        token,
        partition: Type.String({ description: 'One partition name of the enablement.' }),
        userId: Type.String({ description: 'The ID of the organization for this skill.' }),
      },
      { description: 'For an enablement with partitions: one scope for each name, in their order.' },
    ),
  ],
  { description: 'The scope of a directive to the skill.' },
)
export type DirectiveScope = Type.Static<typeof DirectiveScope>

export const EnablementScopes = Type.Object({
  unit: Type.Object({ id: UnitId }),
  skill: Type.Object({ id: SkillId, stage: Stage }),
  expiresAt: Type.Optional(
    Type.String({
      description:
        'The time at which the token expires, in the form of RFC 3339; absent if its server did not report it.',
    }),
  ),
  scopes: Type.Array(DirectiveScope),
})
export type EnablementScopes = Type.Static<typeof EnablementScopes>

export const EnablementPath = Type.Object({ id: UnitId, skillId: SkillId })
export const ScopesQuery = Type.Object({
  renew: Type.Optional(
    Type.Unsafe<'always' | 'if-needed'>(
      Type.String({
        enum: ['if-needed', 'always'],
        default: 'if-needed',
        description: 'Whether the tokens are renewed even if they do not expire soon.',
      }),
    ),
  ),
})

/**
 * The operations in the operations log: those of the page, steps of the background, and those of the operator. Earlier
 * releases logged `activate` when an enablement became `ENABLED`.
 */
const loggedOperations = [
  'enable',
  'disable',
  'batch_enable',
  'batch_disable',
  'activate',
  'link',
  'renew_link',
  'discard_link',
  'create_unit',
  'rename_unit',
  'delete_unit',
  'assign_role',
  'revoke_role',
  'batch_assign_role',
  'batch_revoke_role',
  'change',
  'catalog',
  'keys',
  'session',
] as const
export type LoggedOperation = (typeof loggedOperations)[number]
export const LoggedOperation = Type.Unsafe<LoggedOperation>(
  Type.String({
    enum: [...loggedOperations],
    description: 'An operation of the page, a step of the background, or a change by the operator.',
  }),
)

/** The outcomes. `accepted`: the background does the rest under the same request ID. */
const loggedOutcomes = ['done', 'accepted', 'failed'] as const
export type LoggedOutcome = (typeof loggedOutcomes)[number]
export const LoggedOutcome = Type.Unsafe<LoggedOutcome>(
  Type.String({
    enum: [...loggedOutcomes],
    description: 'accepted: the rest follows in the background under the same request ID.',
  }),
)

export const LogEntryView = Type.Object({
  id: Type.String({ description: 'Sorts by time.' }),
  at: Type.String({ description: 'The time, in the form of RFC 3339.' }),
  requestId: Type.String({ description: 'The X-Amzn-RequestId of the request that caused the change.' }),
  actor: Type.String({
    description: 'The ID of the client or person, or operator, or operator:NAME for a token with a name.',
  }),
  actorName: Type.Optional(actorName),
  operation: LoggedOperation,
  outcome: LoggedOutcome,
  effectiveAt: Type.Optional(
    Type.String({
      description:
        'The time from which the enablement is ENABLED, in the form of RFC 3339. Absent if it is ENABLED at once, or if it waits for its account link.',
    }),
  ),
  organizationId: Type.Optional(UnitId),
  unitId: Type.Optional(UnitId),
  skillId: Type.Optional(SkillId),
  itemId: Type.Optional(
    Type.Integer({ description: 'The itemId of the batch item that caused the change.' }),
  ),
  detail: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
})
export type LogEntryView = Type.Static<typeof LogEntryView>

export const PageQuery = Type.Object({ after, maxResults })
export type PageQuery = Type.Static<typeof PageQuery>

/** A read that is open to whoever has a role. */
export const underUnit = Type.Unsafe<UnitId>({
  ...UnitId,
  description: 'Only what concerns this unit and those below it. Absent: everything, for the operator.',
})

export const LogQuery = Type.Object({
  requestId,
  under: Type.Optional(underUnit),
  organizationId: Type.Optional(UnitId),
  unitId: Type.Optional(UnitId),
  skillId: Type.Optional(SkillId),
  actor: Type.Optional(
    Type.String({
      pattern: '^[\\x21-\\x7e]{1,200}$',
      description: 'The ID of a client or person, operator:NAME, or operator for all operators.',
    }),
  ),
  operation: Type.Optional(LoggedOperation),
  outcome: Type.Optional(LoggedOutcome),
  order: Type.Optional(
    Type.Unsafe<'newest' | 'oldest'>(
      Type.String({
        enum: ['newest', 'oldest'],
        default: 'newest',
        description: 'The order of the entries.',
      }),
    ),
  ),
  since: Type.Optional(Instant),
  until: Type.Optional(Instant),
  after,
  maxResults,
})
export type LogQuery = Type.Static<typeof LogQuery>

export const UnitPath = Type.Object({ id: UnitId })
export const ClientPath = Type.Object({ id: ClientId })
export const PersonPath = Type.Object({ id: PrincipalId })
export const SkillPathById = Type.Object({ id: SkillId })
export const DelegatedLinksPath = Type.Object({ id: UnitId })
export const DelegatedLinkPath = Type.Object({ id: UnitId, skillId: SkillId })

export const OrganizationPage = Type.Object({
  items: Type.Array(OrganizationView),
  paginationContext,
})
export const SkillPage = Type.Object({ items: Type.Array(SkillView), paginationContext })
export const ClientPage = Type.Object({ items: Type.Array(ClientView), paginationContext })
export const PersonPage = Type.Object({ items: Type.Array(PersonView), paginationContext })
export const LogPage = Type.Object({ items: Type.Array(LogEntryView), paginationContext })
export const DelegatedLinkList = Type.Object({ items: Type.Array(DelegatedLinkView) })
