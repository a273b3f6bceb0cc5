/** Soft hand-cut edges: one displacement filter for every card on the page. */
export function CutEdgeFilter() {
  return (
    <svg class="defs" width="0" height="0" aria-hidden="true">
      <filter id="cut" x="-2%" y="-2%" width="104%" height="104%">
        <feTurbulence type="fractalNoise" baseFrequency="0.009" numOctaves="1" seed="4" result="noise" />
        <feDisplacementMap
          in="SourceGraphic"
          in2="noise"
          scale="9"
          xChannelSelector="R"
          yChannelSelector="G"
        />
      </filter>
    </svg>
  );
}
