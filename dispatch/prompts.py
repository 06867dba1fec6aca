"""What callers and staff hear, in English and Spanish. No client's name is ever spoken."""

from collections.abc import Mapping
from enum import StrEnum

from dispatch.events import Farewell, PageKind, Preface


class Language(StrEnum):
    """The languages of the prompts, by the client's record; English where nothing is known."""

    EN = "en"
    ES = "es"

    @property
    def spoken(self) -> str:
        """Twilio's name of the voice that reads it."""
        return {Language.EN: "en-US", Language.ES: "es-MX"}[self]


PREFACES: Mapping[Language, Mapping[Preface, str]] = {
    Language.EN: {
        Preface.GREETING: "This is {team}. Stay on the line, we are connecting you now.",
        Preface.NEXT: "Please stay on the line, we are calling the next person.",
        Preface.BROKEN: "The connection broke. Stay on the line, we are connecting you again.",
        Preface.AGAIN: (
            "We are still here and trying again. You can also hang up and dial 9 8 8, "
            "or 9 1 1 if you are in danger."
        ),
        Preface.NONE: "",
    },
    Language.ES: {
        Preface.GREETING: "Este es {team}. No cuelgue, le estamos comunicando.",
        Preface.NEXT: "Por favor no cuelgue, estamos llamando a la siguiente persona.",
        Preface.BROKEN: "La llamada se cortó. No cuelgue, le comunicamos de nuevo.",
        Preface.AGAIN: (
            "Seguimos aquí y lo intentamos otra vez. También puede colgar y marcar 9 8 8, "
            "o 9 1 1 si está en peligro."
        ),
        Preface.NONE: "",
    },
}

TO_LAST_RESORT: Mapping[Language, str] = {
    Language.EN: "We are connecting you to the 988 crisis line. Please stay on the line.",
    Language.ES: "Le comunicamos con la línea de crisis 988. Por favor no cuelgue.",
}

FAREWELLS: Mapping[Language, Mapping[Farewell, str]] = {
    Language.EN: {
        Farewell.AFTER_TALK: "If you were cut off, press 1 to be connected again.",
        Farewell.AFTER_LAST_RESORT: "Your team knows that you called. Goodbye.",
        Farewell.NOBODY: (
            "We could not connect you. Please hang up and dial 9 8 8, or 9 1 1 if you are in "
            "danger. Your team has been told and will call you back."
        ),
        Farewell.GONE: "",
    },
    Language.ES: {
        Farewell.AFTER_TALK: "Si se cortó la llamada, oprima 1 para comunicarse de nuevo.",
        Farewell.AFTER_LAST_RESORT: "Su equipo sabe que usted llamó. Adiós.",
        Farewell.NOBODY: (
            "No pudimos comunicarle. Por favor cuelgue y marque 9 8 8, o 9 1 1 si está en "
            "peligro. Su equipo está avisado y le llamará."
        ),
        Farewell.GONE: "",
    },
}

MENU_ITEM: Mapping[Language, str] = {
    Language.EN: "Press {key} for {team}.",
    Language.ES: "Oprima {key} para {team}.",
}
MENU_STAY: Mapping[Language, str] = {
    Language.EN: "Or stay on the line.",
    Language.ES: "O no cuelgue.",
}

PAGE_CALLS: Mapping[PageKind, str] = {
    PageKind.CALL_RINGING: "A caller waits for {team}. Reference {ref}.",
    PageKind.CALLBACK: "{team}. The caller is gone, and somebody must call back. Reference {ref}.",
    PageKind.REPORTED: "A crisis was reported for {team}. Reference {ref}.",
    PageKind.HOSPITAL_NOTICE: "There is a hospital notice for {team}. Reference {ref}.",
    PageKind.POSSIBLE_CLIENT: (
        "{team}. A hospital may have admitted a client, please confirm. Reference {ref}."
    ),
    PageKind.FOLLOW_UP: "{team}. The caller was passed to 988. Please follow up. Reference {ref}.",
    PageKind.HAND_OFF: "{team}. You are asked to take a crisis over. Reference {ref}.",
    PageKind.BRING_IN: "You are asked into a crisis call for {team}. Reference {ref}.",
    PageKind.NOBODY: "Nobody on call for {team} has taken a crisis. Reference {ref}.",
}
PAGE_KEYS = "Press 1 to take it, 2 to pass it on."
PAGE_MORE = "{count} more crises wait for you: please look at your texts."
PAGE_TAKEN = "It is yours, reference {ref}. Thank you. Goodbye."
PAGE_OVER = "This was settled in the meantime. Thank you. Goodbye."
PAGE_KEPT = "Your answer is kept and will count. Thank you. Goodbye."
PAGE_FAILED = "Vigil could not take your answer. Please reply 1 to the text. Goodbye."
"""What a page by voice says."""

ONE_MOMENT: Mapping[Language, str] = {
    Language.EN: "One moment, please.",
    Language.ES: "Un momento, por favor.",
}

SCREEN_JOIN = (
    "{name} asks you to join a crisis call for {team}, reference {ref}. Press 1 to join, 2 to pass."
)
SCREEN_NOT_NEEDED = "You are not needed any more. Thank you. Goodbye."
ROOM_OVER = "The call is over. Thank you. Goodbye."

SCREEN = "Crisis call for {team}, reference {ref}. Press 1 to take it, 2 to pass it on."
SCREEN_WITHOUT_REF = "Crisis call for {team}. Press 1 to take it, 2 to pass it on."
SCREEN_TAKEN = "{name} has taken it. Thank you. Goodbye."
SCREEN_GONE = "The caller has hung up. Thank you. Goodbye."
SCREEN_YOURS_GONE = "The caller has hung up. {ref} is yours: text CALL to call back. Goodbye."
SCREEN_YOURS_NEXT = "{ref} is yours. Your phone rings again in a moment. Goodbye."
SCREEN_CLOSED = "This crisis is closed. Thank you. Goodbye."
SCREEN_PASSED = "Passed on. Thank you. Goodbye."


def spelled(ref: str) -> str:
    """A reference as a voice should read it: letter by letter."""
    return " ".join(ref)
