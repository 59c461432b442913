import { skill, unit } from './catalogs.ts'

/** A catalog with one property: wards of 100 rooms. */
export function largeProperty(rooms: number, skills: number) {
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1)
  const wards = numbers(rooms / 100).map((ward) => ({
    id: unit(`W${String(ward).padStart(3, '0')}`),
    name: `Ward ${ward}`,
    units: numbers(100).map((room) => {
      // Units that are made at once are in the order of their IDs.
      const number = String((ward - 1) * 100 + room).padStart(5, '0')
      return { id: unit(`R${number}`), name: `Room ${number}` }
    }),
  }))
  return {
    organizations: [
      { id: unit('LARGE'), name: 'Large', solution: 'hospitality', country: 'US', units: wards },
    ],
    skills: numbers(skills).map((number) => ({
      id: skill(`s${number}`),
      name: `Skill ${String(number).padStart(2, '0')}`,
      stages: ['live'],
    })),
  }
}
