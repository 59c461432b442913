export declare const oldestNode = 24
/** Returns a sentence if this Node is too old, otherwise undefined. */
export declare function whyNotThisNode(): string | undefined
/** Throws if this Node is too old. */
export declare function requireNode(): void
