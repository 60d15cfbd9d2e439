// What a picture of a filter shows, before it has places: stages in the order in which a request meets them, in each the
// rules by policy, where requests go, and which rules keep others from ever having a turn.

/** A bundle's picture, or one of its workloads'. */
export interface Picture {
  /** The filter's name. */
  readonly title: string;
  readonly subtitle: string;
  /** What the listener in front does. */
  readonly listener: readonly string[];
  readonly stages: readonly Stage[];
  /** Where requests go. */
  readonly ends: readonly End[];
  readonly edges: readonly Edge[];
  readonly shadows: readonly Shadow[];
}

export type StageKind = "cors" | "limits" | "authentication" | "deny" | "allow" | "routes";

export interface Stage {
  readonly kind: StageKind;
  readonly title: string;
  /** How it decides, in a line. */
  readonly note: string;
  /** What a request gets that it refuses. */
  readonly status?: number;
  readonly groups: readonly Group[];
}

/** One policy's rules in a stage. */
export interface Group {
  readonly title: string;
  readonly boxes: readonly Box[];
}

export interface Box {
  /** Unique in the picture. */
  readonly id: string;
  readonly title: string;
  /** File and line; absent of a box that stands for several rules. */
  readonly source?: string;
  readonly lines: readonly string[];
  /** All that does not fit. */
  readonly tooltip: string;
  /** `never`: no request meets it. `counted`: it decides nothing. `more`: it stands for others, which are not shown. */
  readonly mark?: "never" | "counted" | "more";
}

export interface End {
  readonly id: string;
  readonly kind: "backend" | "redirect" | "fault" | "more";
  readonly title: string;
  readonly lines: readonly string[];
}

/** From a box to an end. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly kind: "forward" | "mirror" | "redirect";
  readonly label?: string;
  /** Of rules that are not shown, or that no request meets. */
  readonly faint?: boolean;
}

/** `from` takes requests that `to` would match, so that none, or fewer, get there. */
export interface Shadow {
  readonly from: string;
  readonly to: string;
}
