/** Selects a proxy's own node among all; the same text wherever it is asked, so that all share one informer. */
export const onlyNode = (name: string) => ({ fieldSelector: `metadata.name=${name}` })
