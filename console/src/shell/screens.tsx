/** Which address shows which screen. Each is loaded when it is wanted. */
import { lazy } from 'react'
import { Route, Switch } from 'wouter'
import { useMe } from '../session/me.tsx'
import { Page } from '../ui/page.tsx'
import { Empty } from '../ui/states.tsx'
import { useWords } from '../words/words.tsx'

const Overview = lazy(async () => ({ default: (await import('../overview/overview.tsx')).Overview }))
const MatrixScreen = lazy(async () => ({
  default: (await import('../matrix/matrix-screen.tsx')).MatrixScreen,
}))
const RoomScreen = lazy(async () => ({ default: (await import('../room/room-screen.tsx')).RoomScreen }))
const ChangesScreen = lazy(async () => ({
  default: (await import('../changes/changes-screen.tsx')).ChangesScreen,
}))
const ChangeScreen = lazy(async () => ({
  default: (await import('../changes/change-screen.tsx')).ChangeScreen,
}))
const HistoryScreen = lazy(async () => ({
  default: (await import('../history/history-screen.tsx')).HistoryScreen,
}))
const RefusalsScreen = lazy(async () => ({
  default: (await import('../refusals/refusals-screen.tsx')).RefusalsScreen,
}))
const CatalogScreen = lazy(async () => ({
  default: (await import('../catalog/catalog-screen.tsx')).CatalogScreen,
}))
const DeveloperScreen = lazy(async () => ({
  default: (await import('../developer/developer-screen.tsx')).DeveloperScreen,
}))

export function Screens() {
  const me = useMe()
  return (
    <Switch>
      <Route path="/">
        <Overview />
      </Route>
      <Route path="/p/:id">{({ id }) => <MatrixScreen key={id} unitId={decodeURIComponent(id)} />}</Route>
      <Route path="/u/:id">{({ id }) => <RoomScreen key={id} unitId={decodeURIComponent(id)} />}</Route>
      <Route path="/changes">
        <ChangesScreen />
      </Route>
      <Route path="/changes/:id">{({ id }) => <ChangeScreen key={id} id={decodeURIComponent(id)} />}</Route>
      <Route path="/history">
        <HistoryScreen />
      </Route>
      <Route path="/refusals">
        <RefusalsScreen />
      </Route>
      {me.kind === 'operator' && (
        <Route path="/catalog/:kind">{({ kind }) => <CatalogScreen key={kind} kind={kind} />}</Route>
      )}
      {me.testControls && me.kind === 'operator' && (
        <Route path="/dev/:tab">{({ tab }) => <DeveloperScreen tab={tab} />}</Route>
      )}
      <Route>
        <NoScreen />
      </Route>
    </Switch>
  )
}

function NoScreen() {
  const words = useWords()
  return (
    <Page title={words.shell.noScreen}>
      <Empty title={words.shell.noScreenHint} />
    </Page>
  )
}
