/**
 * The one place of these programs that knows which service they call: `SKILLS_REGION=EU` is Amazon's in Europe, otherwise it is the
 * Skillkeeper at `SKILLS_ENDPOINT`. The credentials that stand here are those of Skillkeeper's demo catalog.
 */
import { type Region, SkillsClient } from 'skillkeeper/client'

const { SKILLS_CLIENT_ID, SKILLS_CLIENT_SECRET, SKILLS_REFRESH_TOKEN, SKILLS_REGION, SKILLS_ENDPOINT } =
  process.env

const credentials = {
  clientId: SKILLS_CLIENT_ID ?? 'amzn1.application-oa2-client.demo',
  clientSecret: SKILLS_CLIENT_SECRET ?? 'demo-secret',
  // Amazon wants one; Skillkeeper gives a client a token without.
  ...(SKILLS_REFRESH_TOKEN !== undefined && { refreshToken: SKILLS_REFRESH_TOKEN }),
}
const region = SKILLS_REGION === undefined ? undefined : regionOf(SKILLS_REGION)

export const client = region
  ? new SkillsClient({ region, credentials })
  : new SkillsClient({ endpoint: SKILLS_ENDPOINT ?? 'http://127.0.0.1:5337', credentials })

function regionOf(name: string): Region {
  if (name === 'NA' || name === 'EU' || name === 'FE') return name
  throw new Error(`SKILLS_REGION is NA, EU or FE, and not ${name}.`)
}
