interface ActorProps {
  readonly of: { readonly actor: string; readonly actorName?: string }
}

/** Shows who made a change: the name, with the ID beside it when it is pointed at. */
export function Actor({ of: { actor, actorName } }: ActorProps) {
  return <bdi title={actor}>{actorName ?? actor}</bdi>
}
