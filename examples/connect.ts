/**
 * Chooses the service that these programs call: Amazon's in Europe with `SKILLS_REGION=EU`, otherwise the Skillkeeper at
 * `SKILLS_ENDPOINT`. The default credentials are those of Skillkeeper's demo catalog.
 */
import { type Region, SkillsClient } from 'skillkeeper/client'

const { SKILLS_CLIENT_ID, SKILLS_CLIENT_SECRET, SKILLS_REFRESH_TOKEN, SKILLS_REGION, SKILLS_ENDPOINT } =
  process.env

const credentials = {
  clientId: SKILLS_CLIENT_ID ?? 'amzn1.application-oa2-client.demo',
  clientSecret: SKILLS_CLIENT_SECRET ?? 'demo-secret',
  // Amazon requires one; Skillkeeper issues a client a token without it.
  ...(SKILLS_REFRESH_TOKEN !== undefined && { refreshToken: SKILLS_REFRESH_TOKEN }),
}
const region = SKILLS_REGION === undefined ? undefined : regionOf(SKILLS_REGION)

export const client = region
  ? new SkillsClient({ region, credentials })
  : new SkillsClient({ endpoint: SKILLS_ENDPOINT ?? 'http://127.0.0.1:5337', credentials })

function regionOf(name: string): Region {
  if (name === 'NA' || name === 'EU' || name === 'FE') return name
  throw new Error(`SKILLS_REGION must be NA, EU or FE, not ${name}.`)
}
