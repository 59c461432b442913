import { Link } from 'wouter'
import { useUnit } from '../names/use-unit.ts'
import { Row } from '../ui/controls.tsx'
import { CopyId } from '../ui/copy-id.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { useWords } from '../words/words.tsx'
import { RoomHistory } from './room-history.tsx'
import { RoomSkills } from './room-skills.tsx'

interface PanelProps {
  readonly unitId: string
  /** The skill whose cell was opened. */
  readonly marked: string | undefined
  readonly onClose: () => void
}

/** A room over the matrix. */
export function RoomPanel({ unitId, marked, onClose }: PanelProps) {
  const words = useWords()
  const unit = useUnit(unitId)
  return (
    <Dialog isPanel title={<bdi>{unit.data?.name ?? words.matrix.room}</bdi>} onClose={onClose}>
      <Row>
        <Link href={`/u/${encodeURIComponent(unitId)}`}>{words.room.ownPage}</Link>
        <CopyId id={unitId} />
      </Row>
      <RoomSkills unitId={unitId} marked={marked} />
      <h3>{words.room.lastEntries}</h3>
      <RoomHistory unitId={unitId} />
    </Dialog>
  )
}
