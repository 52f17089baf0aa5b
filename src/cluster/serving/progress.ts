/** `Progress` is called as a cluster starts or stops, step by step. */
export interface Progress {
  /** Called when a step begins; the one before it has ended. */
  step(text: string): void
  /** Called when the last step has ended. */
  done(): void
}
