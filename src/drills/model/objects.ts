/** A place in a manifest that was handed over. */
export interface ManifestPosition {
  /** As it was given; `-` for standard input, `manifest 1` for one of a test. */
  readonly file: string
  /** From 1. */
  readonly line: number
}

/** An object of the manifest. */
export interface DrilledObject {
  readonly apiVersion: string
  readonly kind: string
  /** Absent for what is in no namespace. */
  readonly namespace?: string
  readonly name: string
  /** Where it stands; absent for what the manifest does not hold. */
  readonly at?: ManifestPosition
}
