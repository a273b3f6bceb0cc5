/** Soft hand-cut edges: one displacement filter for every card on the page. */
export function CutEdges() {
  return (
    <svg class="defs" width="0" height="0" aria-hidden="true">
      <filter id="cut" x="-2%" y="-2%" width="104%" height="104%">
        <feTurbulence type="fractalNoise" baseFrequency="0.018" numOctaves="2" seed="7" result="noise" />
        <feDisplacementMap
          in="SourceGraphic"
          in2="noise"
          scale="5"
          xChannelSelector="R"
          yChannelSelector="G"
        />
      </filter>
    </svg>
  );
}
