/** Small catalogs, and the IDs in them by names that say what they are for. */

export const unit = (name: string) => `amzn1.alexa.unit.did.${name}`
export const skill = (name: string) => `amzn1.ask.skill.${name}`
export const client = (name: string) => `amzn1.application-oa2-client.${name}`
export const secretOf = (clientId: string) => `secret of ${clientId}`

/** A hospital with a ward of two rooms, and another organization that it has nothing to do with. */
export const hospital = {
  organization: unit('HOSPITAL'),
  ward: unit('WARD'),
  room: unit('ROOM-1'),
  otherRoom: unit('ROOM-2'),
  foreignRoom: unit('FOREIGN-ROOM'),
  /** In no catalog. */
  unknownUnit: unit('NOWHERE'),
  /** In the stages `development` and `live`. */
  nurseCall: skill('nurse-call'),
  /** In the stage `live` only. */
  roomLights: skill('room-lights'),
  /** In all three stages. */
  menu: skill('menu'),
  /** With account linking, that may be skipped. */
  radio: skill('radio'),
  /** With account linking, that may not. */
  pharmacy: skill('pharmacy'),
  /** In no catalog. */
  unknownSkill: skill('nothing'),
  /** May manage the whole hospital. */
  admin: client('admin'),
  /** May manage the ward and what is below it. */
  wardAdmin: client('ward-admin'),
  /** May manage one room. */
  roomAdmin: client('room-admin'),
  /** May manage the other organization. */
  stranger: client('stranger'),
  /** Has no role at all. */
  nobody: client('nobody'),
} as const

export const hospitalCatalog = {
  organizations: [
    {
      id: hospital.organization,
      name: 'Hospital',
      solution: 'healthcare',
      country: 'US',
      units: [
        {
          id: hospital.ward,
          name: 'Ward',
          units: [
            { id: hospital.room, name: 'Room 1' },
            { id: hospital.otherRoom, name: 'Room 2' },
          ],
        },
      ],
    },
    {
      id: unit('FOREIGN'),
      name: 'Another hospital',
      solution: 'healthcare',
      country: 'US',
      units: [{ id: hospital.foreignRoom, name: 'Foreign room' }],
    },
  ],
  skills: [
    { id: hospital.nurseCall, name: 'Nurse call', stages: ['development', 'live'] },
    { id: hospital.roomLights, name: 'Room lights', stages: ['live'] },
    { id: hospital.menu, name: 'Menu', stages: ['development', 'certification', 'live'] },
    { id: hospital.radio, name: 'Radio', stages: ['live'], accountLinking: linkingAt({ skip: true }) },
    { id: hospital.pharmacy, name: 'Pharmacy', stages: ['live'], accountLinking: linkingAt({ skip: false }) },
  ],
  clients: [
    clientWith(hospital.admin, hospital.organization),
    clientWith(hospital.wardAdmin, hospital.ward),
    clientWith(hospital.roomAdmin, hospital.room),
    clientWith(hospital.stranger, unit('FOREIGN')),
    clientWith(hospital.nobody),
  ],
}

/** An organization of each solution in each country, with one client that may manage all of them. */
export const everywhere = {
  admin: client('everywhere'),
  skill: skill('everywhere'),
  organizationIn: (solution: string, country: string) => unit(`${solution}-${country}`),
} as const

const solutions = ['healthcare', 'hospitality', 'residential', 'senior_living', 'core']
const countries = ['US', 'UK', 'FR', 'CA', 'IT', 'DE', 'ES', 'JP']
const places = solutions.flatMap((solution) => countries.map((country) => ({ solution, country })))

export const everywhereCatalog = {
  organizations: places.map(({ solution, country }) => ({
    id: everywhere.organizationIn(solution, country),
    name: `${solution} in ${country}`,
    solution,
    country,
  })),
  skills: [{ id: everywhere.skill, name: 'Everywhere', stages: ['live'] }],
  clients: [
    clientWith(
      everywhere.admin,
      ...places.map(({ solution, country }) => everywhere.organizationIn(solution, country)),
    ),
  ],
}

function clientWith(id: string, ...unitIds: string[]) {
  return {
    id,
    secret: secretOf(id),
    roles: unitIds.map((unitId) => ({ unitId, role: 'A4P.UnitAdmin' })),
  }
}

/** The token server is never asked in these tests: no code is ever sent. */
function linkingAt({ skip }: { skip: boolean }) {
  return {
    accessTokenUri: 'https://provider.example/token',
    clientId: 'skillkeeper',
    clientSecret: 'the-secret-of-the-skill',
    authenticationScheme: 'HTTP_BASIC',
    skipOnEnablement: skip,
  }
}
