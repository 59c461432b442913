export declare const oldestNode = 24
/** Says in one sentence what is wrong with this Node; undefined where nothing is. */
export declare function whyNotThisNode(): string | undefined
/** Throws where this Node is too old. */
export declare function requireNode(): void
