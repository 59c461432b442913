import { Link } from 'wouter'
import { useUnit } from '../names/use-unit.ts'
import { useMe } from '../session/me.tsx'
import { Row } from '../ui/controls.tsx'
import { CopyId } from '../ui/copy-id.tsx'
import { Page, Section } from '../ui/page.tsx'
import { Shown } from '../ui/states.tsx'
import { useWords } from '../words/words.tsx'
import { RoomHistory } from './room-history.tsx'
import { RoomSkills } from './room-skills.tsx'

/** A room as a page of its own: for a link, and where there is no place for a panel. */
export function RoomScreen({ unitId }: { readonly unitId: string }) {
  const words = useWords()
  const me = useMe()
  const unit = useUnit(unitId)
  return (
    <Shown query={unit}>
      {({ name, organizationId, parentId }) => {
        const root = me.roots.find((one) => one.unit.organizationId === organizationId)?.unit.id
        return (
          <Page
            title={name}
            actions={
              <Row>
                {root && parentId && (
                  <Link href={`/p/${encodeURIComponent(root)}?floor=${encodeURIComponent(parentId)}`}>
                    {words.room.neighbours}
                  </Link>
                )}
                <CopyId id={unitId} />
              </Row>
            }
          >
            <Section title={words.room.skills}>
              <RoomSkills unitId={unitId} />
            </Section>
            <Section title={words.room.lastEntries}>
              <RoomHistory unitId={unitId} />
            </Section>
          </Page>
        )
      }}
    </Shown>
  )
}
